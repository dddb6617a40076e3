variable "name" {
  description = "What all parts are called: their names begin with it."
  type        = string
  default     = "bisik"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = "Takes up to 20 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "The region of AWS, such as ap-southeast-3 (Jakarta)."
  type        = string
}

variable "hostname" {
  description = "The name by which people reach the page, such as chat.example.org. Its DNS record leads to the output balancer."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z][a-z0-9-]*$", var.hostname))
    error_message = "Takes a host name in lower case, without https:// and without a path."
  }
}

variable "certificate_arn" {
  description = "The certificate of the hostname in AWS Certificate Manager, of this region."
  type        = string
}

variable "core_image" {
  description = "The image of chat-core, with its digest: ghcr.io/…/bisik-core:1.2.3@sha256:…"
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.core_image))
    error_message = "Takes an image with its digest, so that a tag that moves changes nothing."
  }
}

variable "cipher_image" {
  description = "The image of cipher-service of the same version, with its digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.cipher_image))
    error_message = "Takes an image with its digest, so that a tag that moves changes nothing."
  }
}

variable "cores" {
  description = "How many tasks of chat-core and cipher-service run. They share one order of commits: more of them hold more polls, and do not store more messages a second."
  type        = number
  default     = 2

  validation {
    condition     = var.cores >= 2 && var.cores <= 16
    error_message = "Takes 2 to 16."
  }
}

variable "database_class" {
  description = "The class of the database's machines. Twice: one of both is the standby."
  type        = string
  default     = "db.t4g.medium"
}

variable "database_gigabytes" {
  description = "The disk of the database; it grows by itself up to four times this."
  type        = number
  default     = 50
}

variable "settings" {
  description = "Other settings of chat-core by their names (docs/self-hosting.md), such as { REGISTRATION = \"invite\" }. None that is secret."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : !can(regex("KEY|SECRET|PASSWORD|DATABASE_URL", name))])
    error_message = "Secrets are in the secret store, not here."
  }
}

variable "log_days" {
  description = "Days after which lines of the log are deleted."
  type        = number
  default     = 30
}
