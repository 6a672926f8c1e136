# take a snapshot; it is encrypted by the seal key
path "sys/storage/raft/snapshot" {
  capabilities = ["read"]
}
# note in the data which snapshot this is; the drill reads it
path "canary/restore" {
  capabilities = ["create", "read", "update"]
}
# give the own token up early
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
