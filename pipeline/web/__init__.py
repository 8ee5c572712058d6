"""The pages and the REST interface. `app.create_app` puts them together."""
