terraform {
  required_version = ">= 1.6"

  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "5.14.0"
    }
  }
}

# The token is read from the variable CLOUDFLARE_API_TOKEN; README.md lists what it must be allowed to do.
provider "cloudflare" {}
