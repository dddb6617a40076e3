# The page on Cloudflare Pages. The workflow of a release deploys it; nothing is built there.

resource "cloudflare_pages_project" "page" {
  count             = var.page_hostname == null ? 0 : 1
  account_id        = var.account_id
  name              = var.pages_project
  production_branch = "main"
}

resource "cloudflare_pages_domain" "page" {
  count        = var.page_hostname == null ? 0 : 1
  account_id   = var.account_id
  project_name = cloudflare_pages_project.page[0].name
  name         = var.page_hostname
}

resource "cloudflare_dns_record" "page" {
  count   = var.page_hostname == null ? 0 : 1
  zone_id = var.zone_id
  name    = var.page_hostname
  type    = "CNAME"
  content = cloudflare_pages_project.page[0].subdomain
  proxied = true
  ttl     = 1
  comment = "Bisik: the page"
}
