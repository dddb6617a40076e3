# The tunnel, what of the box it shows, and the name that leads to it.

resource "cloudflare_zero_trust_tunnel_cloudflared" "box" {
  account_id = var.account_id
  name       = var.tunnel_name
  config_src = "cloudflare"
}

resource "cloudflare_zero_trust_tunnel_cloudflared_config" "box" {
  account_id = var.account_id
  tunnel_id  = cloudflare_zero_trust_tunnel_cloudflared.box.id
  source     = "cloudflare"

  config = {
    # The first rule that matches decides, and the last one must match everything.
    ingress = [
      {
        hostname = var.hostname
        service  = "http://chat-core:8080"
      },
      {
        service = "http_status:404"
      },
    ]
  }
}

resource "cloudflare_dns_record" "box" {
  zone_id = var.zone_id
  name    = var.hostname
  type    = "CNAME"
  content = "${cloudflare_zero_trust_tunnel_cloudflared.box.id}.cfargotunnel.com"
  proxied = true
  # 1 is “automatic”, the only one for proxied names.
  ttl     = 1
  comment = "Bisik: the tunnel to the box"
}

data "cloudflare_zero_trust_tunnel_cloudflared_token" "box" {
  account_id = var.account_id
  tunnel_id  = cloudflare_zero_trust_tunnel_cloudflared.box.id
}
