output "tunnel_token" {
  description = "What cloudflared on the box needs, and all that it needs. Whoever has it can run the tunnel."
  value       = data.cloudflare_zero_trust_tunnel_cloudflared_token.box.token
  sensitive   = true
}

output "address" {
  description = "The address of the page."
  value       = var.page_hostname == null ? "https://${var.hostname}" : "https://${var.page_hostname}"
}
