"""What is deployed: rules, dashboards, manifests."""
