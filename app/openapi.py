"""The API's contract as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from app.submissions import CONSENTS, LANGUAGES, MAX_LINK
from protocol import (
    MAX_ANSWER,
    MAX_NAME,
    MAX_QUESTION,
    MAX_QUESTIONS,
    MAX_TITLE,
    Reason,
    Status,
)

Schema = dict[str, Any]


def document() -> Schema:
    """The whole document; limits come from where they are enforced."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Icebreaker",
            "version": "1",
            "description": "Survey answers become quizzes about the people in the "
            "room. Errors are `application/problem+json`.",
        },
        "paths": {
            "/api/v1/meetings": {"post": _create()},
            "/api/v1/meetings/{join_code}/answers": {"post": _answer()},
            "/api/v1/meetings/{id}": {"get": _show(), "delete": _delete()},
            "/healthz": {
                "get": _operation("Is the web process alive?", {"200": "Yes"})
            },
            "/readyz": {
                "get": _operation(
                    "Can a meeting be held now?",
                    {"200": "Redis answers and a worker is warm", "503": "Why not"},
                )
            },
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "host": {"type": "http", "scheme": "bearer"},
                "participant": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _create() -> Schema:
    return _operation(
        "Create a meeting",
        {"201": ("The meeting and the host's token, shown only here", "Created")},
        errors=("400", "413", "415"),
        body="NewMeeting",
    )


def _answer() -> Schema:
    return _operation(
        "Answer the survey; with the participant's token, change the answers",
        {"201": ("The token to change these answers with", "Submitted")},
        errors=("400", "404", "409", "413", "415"),
        body="NewAnswers",
        parameter="join_code",
        security=[{}, {"participant": []}],
    )


def _show() -> Schema:
    return _operation(
        "The meeting and its quizzes; honours If-None-Match",
        {
            "200": ("The meeting now, with an ETag", "Meeting"),
            "304": "Nothing has changed since that ETag",
        },
        errors=("404",),
        parameter="id",
        security=[{"host": []}],
    )


def _delete() -> Schema:
    return _operation(
        "Delete the meeting with all answers, quizzes and jobs",
        {"200": ("What was removed, and when", "Deleted")},
        errors=("404",),
        parameter="id",
        security=[{"host": []}],
    )


def _operation(
    summary: str,
    answers: dict[str, str | tuple[str, str]],
    *,
    errors: tuple[str, ...] = (),
    body: str = "",
    parameter: str = "",
    security: list[Schema] | None = None,
) -> Schema:
    """One operation; an answer is its description, or that and its schema."""
    operation: Schema = {"summary": summary, "responses": {}}
    for status, answer in answers.items():
        description, schema = (answer, "") if isinstance(answer, str) else answer
        operation["responses"][status] = {"description": description} | (
            {"content": _content("application/json", schema)} if schema else {}
        )
    for status in errors:
        operation["responses"][status] = {
            "description": "A problem",
            "content": _content("application/problem+json", "Problem"),
        }
    if body:
        content = _content("application/json", body)
        operation["requestBody"] = {"required": True, "content": content}
    if parameter:
        operation["parameters"] = [
            {
                "name": parameter,
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
            }
        ]
    if security is not None:
        operation["security"] = security
    return operation


def _content(media_type: str, schema: str) -> Schema:
    return {media_type: {"schema": _ref(schema)}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _text(limit: int | None = None, **more: Any) -> Schema:
    return {"type": "string"} | ({"maxLength": limit} if limit else {}) | more


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items} | more


def _record(required: str, **properties: Schema) -> Schema:
    """An object; `required` names the properties that are always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
    }


def _schemas() -> Schema:
    return _request_schemas() | _response_schemas()


def _request_schemas() -> Schema:
    return {
        "NewMeeting": _record(
            "title",
            title=_text(MAX_TITLE),
            language=_text(enum=list(LANGUAGES), default="ko"),
            questions=_list(_text(MAX_QUESTION), maxItems=MAX_QUESTIONS),
            google_sheet=_text(MAX_LINK, description="Address of a Google Sheet"),
        ),
        "NewAnswers": _record(
            "name answers",
            name=_text(MAX_NAME),
            answers=_list(_ref("NewAnswer"), maxItems=MAX_QUESTIONS),
        ),
        "NewAnswer": _record(
            "question answer",
            question=_text(MAX_QUESTION),
            answer=_text(MAX_ANSWER, description="Empty: remove this answer"),
            consent=_text(enum=list(CONSENTS), default="named"),
        ),
    }


def _response_schemas() -> Schema:
    number = {"type": "integer"}
    words = ["participants", "answers", *Status]
    created = ["id", "join_code", "host_token", "host_url", "survey_url", "play_url"]
    return {
        "Created": _record(" ".join(created), **{name: _text() for name in created}),
        "Submitted": _record("participant_token", participant_token=_text()),
        "Meeting": _record(
            "title status counts quizzes",
            title=_text(),
            status=_text(enum=["waiting", "working", "ready"]),
            counts=_record(" ".join(words), **{word: number for word in words}),
            quizzes=_list(_ref("Quiz")),
            sheet=_record(
                "status problem rows",
                status=_text(enum=["waiting", "ok", "error"]),
                problem={"type": ["string", "null"]},
                rows=number,
            ),
        ),
        "Quiz": _record(
            "id participant question options answer status evidence checks",
            id=_text(),
            participant=_text(description="Empty if the answer is anonymous"),
            question=_text(description="Empty until the quiz is ready"),
            options=_list(_text(), maxItems=4),
            answer={"type": ["integer", "null"], "minimum": 1, "maximum": 4},
            status=_text(enum=list(Status)),
            reason=_text(enum=list(Reason)),
            evidence=_text(),
            checks={"type": "object"},
        ),
        "Deleted": _record(
            "deleted at",
            deleted={
                "type": "object",
                "properties": {"keys": number},
                "additionalProperties": number,
                "required": ["keys"],
            },
            at=_text(format="date-time"),
        ),
        "Problem": _record(
            "type title status detail code",
            type=_text(),
            title=_text(),
            status=number,
            detail=_text(),
            code=_text(),
        ),
    }
