variable "unifi_controller" {
  description = "URL of the UniFi OS console, without a path"
  type        = string
}

variable "unifi_ca_file" {
  description = "PEM of the CA or certificate of the console; empty: the CAs of this system"
  type        = string
  default     = ""
}
