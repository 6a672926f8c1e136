# FINDING: a data source is part of the state. The key stands there in plain text, for whoever may read the
# state, and every later version of it. Use ../ephemeral unless your tool is older than ephemeral resources.
data "vault_kv_secret_v2" "unifi" {
  mount = "kv"
  name  = "unifi/tofu-key"
}

resource "terraform_data" "reads_the_site" {
  triggers_replace = [var.unifi_controller]

  provisioner "local-exec" {
    command = "${path.module}/../read-site.sh"
    environment = {
      UNIFI_API     = var.unifi_controller
      UNIFI_CA_FILE = var.unifi_ca_file
      UNIFI_API_KEY = data.vault_kv_secret_v2.unifi.data["api_key"]
    }
  }
}
