"""The API's contract as an OpenAPI 3.1 document."""

from __future__ import annotations

from app import openapi_review, openapi_studio
from app.access import LONGEST_KEY, SHORTEST_KEY
from app.openapi_parts import Schema, items, operation, record, ref, text
from app.submissions import CONSENTS, LANGUAGES, MAX_LINK
from protocol import (
    MAX_ANSWER,
    MAX_NAME,
    MAX_QUESTION,
    MAX_QUESTIONS,
    MAX_TITLE,
    Status,
)


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
            **openapi_review.paths(),
            **openapi_studio.paths(),
            "/healthz": {"get": operation("Is the web process alive?", {"200": "Yes"})},
            "/readyz": {
                "get": operation(
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
                "server": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "HOST_PASSWORD, on servers that have one",
                },
            },
        },
    }


def _create() -> Schema:
    return operation(
        "Create a meeting",
        {"201": ("The meeting and the host's token, shown only here", "Created")},
        errors=("400", "401", "413", "415", "429"),
        body="NewMeeting",
        security=[{}, {"server": []}],
    )


def _answer() -> Schema:
    made = operation(
        "Answer the survey; with the participant's token, change the answers",
        {"201": ("The token to change these answers with", "Submitted")},
        errors=("400", "404", "409", "413", "415", "429"),
        body="NewAnswers",
        parameter="join_code",
        security=[{}, {"participant": []}],
    )
    made["parameters"].append(
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": text(LONGEST_KEY, minLength=SHORTEST_KEY),
            "description": "Who heard no reply sends the same key again, such as a "
            "UUID, and is the same participant",
        }
    )
    return made


def _show() -> Schema:
    return operation(
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
    return operation(
        "Delete the meeting with all answers, quizzes and jobs",
        {"200": ("What was removed, and when", "Deleted")},
        errors=("404", "429"),
        parameter="id",
        security=[{"host": []}],
    )


def _schemas() -> Schema:
    parts = openapi_review.schemas() | openapi_studio.schemas()
    return _request_schemas() | _response_schemas() | parts


def _request_schemas() -> Schema:
    return {
        "NewMeeting": record(
            "title",
            title=text(MAX_TITLE),
            language=text(enum=list(LANGUAGES), default="ko"),
            questions=items(text(MAX_QUESTION), maxItems=MAX_QUESTIONS),
            google_sheet=text(MAX_LINK, description="Address of a Google Sheet"),
        ),
        "NewAnswers": record(
            "name answers",
            name=text(MAX_NAME),
            answers=items(ref("NewAnswer"), maxItems=MAX_QUESTIONS),
        ),
        "NewAnswer": record(
            "question answer",
            question=text(MAX_QUESTION),
            answer=text(MAX_ANSWER, description="Empty: remove this answer"),
            consent=text(enum=list(CONSENTS), default="named"),
        ),
    }


def _response_schemas() -> Schema:
    number = {"type": "integer"}
    words = ["participants", "answers", *Status]
    created = ["id", "join_code", "host_token", "host_url", "survey_url", "play_url"]
    return {
        "Created": record(" ".join(created), **{name: text() for name in created}),
        "Submitted": record("participant_token", participant_token=text()),
        "Meeting": record(
            "title status counts quizzes",
            title=text(),
            status=text(enum=["waiting", "working", "ready"]),
            counts=record(" ".join(words), **{word: number for word in words}),
            quizzes=items(ref("Quiz")),
            sheet=record(
                "status problem rows",
                status=text(enum=["waiting", "ok", "error"]),
                problem={"type": ["string", "null"]},
                rows=number,
            ),
        ),
        "Deleted": record(
            "deleted at",
            deleted={
                "type": "object",
                "properties": {"keys": number},
                "additionalProperties": number,
                "required": ["keys"],
            },
            at=text(format="date-time"),
        ),
        "Problem": record(
            "type title status detail code",
            type=text(),
            title=text(),
            status=number,
            detail=text(),
            code=text(),
        ),
    }
