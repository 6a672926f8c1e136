terraform {
  # Ephemeral resources: Terraform 1.10, OpenTofu 1.11.
  required_version = ">= 1.11"

  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = "5.6.0"
    }
  }
}

# VAULT_ADDR, VAULT_CACERT and VAULT_TOKEN come from the environment. A child token would need a right that
# no consumer has.
provider "vault" {
  skip_child_token = true
}
