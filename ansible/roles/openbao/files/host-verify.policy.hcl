# see that audit is really on
path "sys/audit" {
  capabilities = ["read", "sudo"]
}
# see the nodes of the cluster
path "sys/storage/raft/configuration" {
  capabilities = ["read"]
}
# see which plugins are registered, with version and checksum
path "sys/plugins/catalog/+/+" {
  capabilities = ["read", "sudo"]
}
# give the own token up early
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
