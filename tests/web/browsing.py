"""The county that the web tests play in, and a browser that fills hidden tokens."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proactive.kernel.work import Actor

SETUP = Actor.operator_on_server("setup")
COUNTY, OTHER_COUNTY = "371422000000", "371423000000"
TOWN, OTHER_TOWN = "371422001000", "371422002000"
VILLAGE, SIBLING, FAR_VILLAGE = "371422001001", "371422001002", "371422002001"
AREAS = (
    "371400000000,370000000000,示例市,city,f",
    f"{COUNTY},371400000000,青禾县,county,f",
    f"{OTHER_COUNTY},371400000000,白杨县,county,f",
    f"{TOWN},{COUNTY},甲镇,town,f",
    f"{OTHER_TOWN},{COUNTY},乙镇,town,f",
    f"{VILLAGE},{TOWN},东村委会,village,f",
    f"{SIBLING},{TOWN},西村委会,village,f",
    f"{FAR_VILLAGE},{OTHER_TOWN},南村委会,village,f",
)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """A browser that keeps cookies and fills the hidden token of every form it posts."""

    client: FlaskClient
    language: str = "en"

    def __post_init__(self) -> None:
        self.client.set_cookie("language", self.language)

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)

    def token(self) -> str:
        found = TOKEN.search(self.client.get("/display").text)
        assert found
        return found[1]

    def post(self, path: str, data: Mapping[str, object] | None = None) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})})


SignIn = Callable[..., Browser]
