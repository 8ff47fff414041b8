"""Forms of pages, as a browser without scripts sends them."""
import html.parser
import urllib.parse


class Form(html.parser.HTMLParser):
    """The first form of a page."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = urllib.parse.urlsplit(found["action"]).path
        elif tag == "input":
            self.fields[found["name"]] = found["value"]

    def sent(self):
        """Body and headers of the POST."""
        return (urllib.parse.urlencode(self.fields),
                {"Content-Type": "application/x-www-form-urlencoded"})
