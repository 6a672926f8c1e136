# Read at each run, kept in neither plan nor state.
ephemeral "vault_kv_secret_v2" "unifi" {
  mount = "kv"
  name  = "unifi/tofu-key"
}

# Stands for the resources of a UniFi provider: one request with the key, which reaches the command through
# its environment and is no argument.
resource "terraform_data" "reads_the_site" {
  triggers_replace = [var.unifi_controller]

  provisioner "local-exec" {
    command = "${path.module}/../read-site.sh"
    environment = {
      UNIFI_API     = var.unifi_controller
      UNIFI_CA_FILE = var.unifi_ca_file
      UNIFI_API_KEY = ephemeral.vault_kv_secret_v2.unifi.data["api_key"]
    }
  }
}
