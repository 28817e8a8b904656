"""The pieces of an OpenAPI document."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def operation(
    summary: str,
    answers: dict[str, str | tuple[str, str]],
    *,
    errors: tuple[str, ...] = (),
    body: str = "",
    parameter: str = "",
    security: list[Schema] | None = None,
) -> Schema:
    """One operation; an answer is its description, or that and its schema.

    `parameter` names what stands in the path, with blanks between.
    """
    made: Schema = {"summary": summary, "responses": {}}
    for status, answer in answers.items():
        description, schema = (answer, "") if isinstance(answer, str) else answer
        made["responses"][status] = {"description": description} | (
            {"content": content("application/json", schema)} if schema else {}
        )
    for status in errors:
        made["responses"][status] = {
            "description": "A problem",
            "content": content("application/problem+json", "Problem"),
        }
    if body:
        made["requestBody"] = {
            "required": True,
            "content": content("application/json", body),
        }
    if parameter:
        made["parameters"] = [_in_path(name) for name in parameter.split()]
    if security is not None:
        made["security"] = security
    return made


def _in_path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def content(media_type: str, schema: str) -> Schema:
    """A body of this media type."""
    return {media_type: {"schema": ref(schema)}}


def ref(name: str) -> Schema:
    """A schema named elsewhere in the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(limit: int | None = None, **more: Any) -> Schema:
    """A string of at most `limit` characters."""
    return {"type": "string"} | ({"maxLength": limit} if limit else {}) | more


def items(item: Schema, **more: Any) -> Schema:
    """A list."""
    return {"type": "array", "items": item} | more


def record(required: str, **properties: Schema) -> Schema:
    """An object; `required` names the properties that are always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
    }
