"""The ground the product stands on: launcher, locks, containers, documents."""
