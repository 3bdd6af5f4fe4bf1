"""The API's description (OpenAPI 3.1), made from its routes and shapes; served beside it."""

from importlib.metadata import version
from typing import Any

from apiflask import APIFlask
from pydantic import BaseModel

from web.access import public
from web.api.shapes import NotTaken, Reading, Told

ADDRESS = "/api/v1/openapi.json"
SPEC_VIEW = "openapi.spec"
ANSWERS: dict[str, tuple[str, type[BaseModel]]] = {
    "200": ("Nothing new: the same content was here before.", Told),
    "201": ("Taken in; rows that could not be understood are put aside.", Told),
    "400": ("The call itself cannot be read.", NotTaken),
    "401": ("The token is missing or not valid.", NotTaken),
    "403": ("The token is not for this feed.", NotTaken),
    "404": ("There is no such feed.", NotTaken),
    "413": ("Larger than this door takes.", NotTaken),
    "422": ("The delivery was refused whole; nothing of it counts.", NotTaken),
    "429": ("Too many calls in a minute.", NotTaken),
}
FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
VALUE = {"type": ["string", "number", "boolean", "null"]}


def described_app(name: str, *, with_api: bool, **more: Any) -> APIFlask:
    """Return an application that describes its API; without the API it is an ordinary one."""
    app = APIFlask(
        name,
        title="Proactive benefits: deliveries",
        version=version("proactive-benefits"),
        spec_path=ADDRESS,
        docs_path=None,
        json_errors=False,
        enable_openapi=with_api,
        **more,
    )
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["SECURITY_SCHEMES"] = {"token": {"type": "http", "scheme": "bearer"}}
    app.config["AUTO_404_RESPONSE"] = app.config["AUTO_200_RESPONSE"] = False
    app.spec_processor(_complete)
    if with_api:
        served: Any = app.view_functions[SPEC_VIEW]
        app.view_functions[SPEC_VIEW] = public("describes the API; it holds no data")(served)
    return app


def _complete(spec: Any) -> Any:
    """Fill in bodies and answers from the shapes that the views themselves use."""
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    for shape in (Told, NotTaken):
        schemas[shape.__name__] = shape.model_json_schema()
    for path, operations in spec["paths"].items():
        operation = operations["post"]
        operation["responses"] = {number: _answer(*told) for number, told in ANSWERS.items()}
        if path.endswith("/deliveries"):
            operation.setdefault("parameters", []).extend(_query())
            operation["requestBody"] = {"required": True, "content": _file_body()}
        else:
            records = {"type": "object", "additionalProperties": VALUE}
            body = {"type": "array", "minItems": 1, "maxItems": 1000, "items": records}
            content = {"application/json": {"schema": body}}
            operation["requestBody"] = {"required": True, "content": content}
    return spec


def _answer(description: str, shape: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _query() -> list[dict[str, Any]]:
    properties = Reading.model_json_schema()["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": schema.get("description", ""),
            "schema": {key: schema[key] for key in schema if key not in ("description", "title")},
        }
        for name, schema in properties.items()
    ]


def _file_body() -> dict[str, Any]:
    fields = Reading.model_json_schema()["properties"]
    form = {"type": "object", "required": ["file"], "properties": {"file": FILE, **fields}}
    return {
        "application/octet-stream": {"schema": FILE},
        "multipart/form-data": {"schema": form},
    }
