"""What people do in a Slack client: type, click, fill in modals, open the App Home."""
