# What Cloudflare refuses before it reaches the box. The box has its own limits and needs none of these.

resource "cloudflare_ruleset" "logins" {
  count   = var.limit_logins ? 1 : 0
  zone_id = var.zone_id
  name    = "Bisik: logins"
  kind    = "zone"
  phase   = "http_ratelimit"

  rules = [
    {
      # Rules of a free domain may look at the path alone.
      ref         = "bisik_logins"
      description = "At most 20 logins, registrations and resets of one address in 10 seconds"
      action      = "block"
      expression  = "starts_with(http.request.uri.path, \"/api/auth/\") or starts_with(http.request.uri.path, \"/auth/\")"
      enabled     = true

      ratelimit = {
        characteristics     = ["ip.src", "cf.colo.id"]
        period              = 10
        requests_per_period = 20
        mitigation_timeout  = 10
      }
    },
  ]
}

resource "cloudflare_zero_trust_access_policy" "api_docs" {
  count      = length(var.api_docs_emails) == 0 ? 0 : 1
  account_id = var.account_id
  name       = "Bisik: who may read the API document"
  decision   = "allow"

  include = [
    for address in var.api_docs_emails : {
      email = {
        email = address
      }
    }
  ]
}

resource "cloudflare_zero_trust_access_application" "api_docs" {
  count            = length(var.api_docs_emails) == 0 ? 0 : 1
  account_id       = var.account_id
  name             = "Bisik: API document"
  type             = "self_hosted"
  session_duration = "24h"

  destinations = [
    {
      type = "public"
      uri  = "${var.hostname}/api-docs"
    },
    {
      type = "public"
      uri  = "${var.hostname}/api-docs.json"
    },
    {
      type = "public"
      uri  = "${var.hostname}/api/api-docs"
    },
    {
      type = "public"
      uri  = "${var.hostname}/api/api-docs.json"
    },
  ]

  policies = [
    {
      id         = cloudflare_zero_trust_access_policy.api_docs[0].id
      precedence = 1
    },
  ]
}
