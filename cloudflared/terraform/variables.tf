variable "account_id" {
  description = "The id of the Cloudflare account."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.account_id))
    error_message = "The id of an account has 32 hexadecimal digits."
  }
}

variable "zone_id" {
  description = "The id of the domain at Cloudflare."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{32}$", var.zone_id))
    error_message = "The id of a domain has 32 hexadecimal digits."
  }
}

variable "hostname" {
  description = "The name by which people reach the box, such as chat.example.org."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z][a-z0-9-]*$", var.hostname))
    error_message = "Takes a host name in lower case, without https:// and without a path."
  }
}

variable "tunnel_name" {
  description = "What the tunnel is called in Cloudflare's pages."
  type        = string
  default     = "bisik"
}

variable "page_hostname" {
  description = "The name of the page on Cloudflare Pages, such as bisik.example.org; null: the box serves the page."
  type        = string
  default     = null
}

variable "pages_project" {
  description = "The name of the project on Cloudflare Pages, where there is a page_hostname."
  type        = string
  default     = "bisik"
}

variable "api_docs_emails" {
  description = "Who may open /api-docs, after a code by e-mail. Empty: everyone, unless the box has API_DOCS=off."
  type        = list(string)
  default     = []
}

variable "limit_logins" {
  description = "Whether Cloudflare limits logins of one address, before they reach the box. A free domain has one such rule."
  type        = bool
  default     = true
}
