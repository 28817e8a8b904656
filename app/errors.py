"""What can go wrong, by audience, and how it is shown.

    Exception
    ├── ConfigError      to the operator: named variable, next step, exit 2
    └── AppError
        ├── UserError    to the person at the page or the API client, 4xx
        │   ├── NotFound     404; also for a wrong token, so that nothing leaks
        │   └── TooOften     429, with the seconds until it may be tried again
        └── ServiceError     something we depend on is away, 503; try again

Anything else is a bug: logged with its traceback, shown as a plain 500.

`PROBLEMS` lists every code with its status and the English sentence of the API.
Pages say the same in the reader's language: wording key `error.{code}`, with the
same values.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)

PROBLEMS: dict[str, tuple[int, str]] = {
    # Meetings
    "title_missing": (400, "Give the meeting a title."),
    "title_too_long": (400, "The title has {length} characters; the limit is {limit}."),
    "language_unknown": (400, "language must be 'ko' or 'en'."),
    "no_questions": (400, "Choose at least one question."),
    "question_missing": (400, "A question must not be empty."),
    "question_too_long": (
        400,
        "A question has {length} characters; the limit is {limit}.",
    ),
    "too_many_questions": (400, "There are {count} questions; the limit is {limit}."),
    "question_repeated": (400, "The same question is there twice: {question}"),
    "sheet_missing": (400, "Give the address of a Google Sheet."),
    "link_too_long": (
        400,
        "The sheet's address has {length} characters; the limit is {limit}.",
    ),
    # Answers
    "name_missing": (400, "Write your name or a nickname."),
    "name_too_long": (400, "The name has {length} characters; the limit is {limit}."),
    "answer_missing": (400, "Answer at least one question."),
    "answer_too_long": (
        400,
        "An answer has {length} characters; the limit is {limit}.",
    ),
    "consent_unknown": (
        400,
        "consent must be 'named', 'anonymous', 'distractor' or 'none'.",
    ),
    "meeting_full": (
        409,
        "This meeting has {limit} participants already; more cannot join.",
    ),
    "participant_unknown": (
        404,
        "This participant token is not known in this meeting.",
    ),
    # Quizzes
    "quiz_question_missing": (400, "The quiz needs a question."),
    "option_missing": (400, "A quiz needs four options, and none may be empty."),
    "option_too_long": (
        400,
        "An option has {length} characters; the limit is {limit}.",
    ),
    "options_repeated": (400, "Two options say the same: {option}"),
    "right_option_unknown": (400, "answer must be 1, 2, 3 or 4."),
    "quiz_changed": (
        409,
        "This quiz has changed meanwhile. Look at it again before you decide.",
    ),
    "quiz_made_often": (
        409,
        "This quiz was made again several times. Edit it, or pull it.",
    ),
    "mix_empty": (400, "Leave at least one kind of question on."),
    # The game
    "name_taken": (409, "Somebody with this name plays already. Choose another name."),
    "person_taken": (409, "This person plays on another phone already."),
    "join_first": (403, "Join the game first."),
    "game_moved": (409, "The game has moved on meanwhile."),
    "game_paused": (409, "The game rests. Vote when it goes on."),
    "round_closed": (409, "This round is closed."),
    "about_you": (409, "This one is about you, so you do not vote."),
    "nothing_to_play": (409, "There is no quiz to play yet."),
    "code_unknown": (404, "There is no meeting with this code."),
    # The studio
    "context_missing": (400, "Write the scene that the word is for."),
    "context_too_long": (
        400,
        "The scene has {length} characters; the limit is {limit}.",
    ),
    "condition_too_long": (
        400,
        "The wish has {length} characters; the limit is {limit}.",
    ),
    "age_wrong": (400, "age must be a whole number from {youngest} to {oldest}."),
    "gender_unknown": (400, "gender must be 'girl', 'boy' or empty."),
    "persona_unknown": (400, "persona must be 'sudagom' or 'mother'."),
    "summary_missing": (400, "Write the summary of the paper."),
    "summary_too_long": (
        400,
        "The summary has {length} characters; the limit is {limit}.",
    ),
    "summary_not_korean": (400, "The summary must be in Korean; others come later."),
    "message_missing": (400, "Write a message."),
    "message_too_long": (
        400,
        "The message has {length} characters; the limit is {limit}.",
    ),
    "studio_full": (
        409,
        "This studio holds {limit} things already. Delete some of them first.",
    ),
    "item_changed": (
        409,
        "This has changed meanwhile. Look at it again before you decide.",
    ),
    "talk_stopped": (409, "This conversation is over."),
    "talk_long": (409, "This conversation is as long as it can be."),
    # Training rows
    "rows_missing": (400, "Choose a JSONL file with one draft on each line."),
    "rows_unreadable": (400, "The file must be text in UTF-8."),
    "rows_full": (409, "There would be {count} rows; the limit is {limit}."),
    # Uploaded files
    "file_missing": (400, "Choose a CSV, XLSX or ZIP file."),
    "file_empty": (400, "There is no row with answers in this file."),
    "file_no_questions": (
        400,
        "The first row must hold the questions; no question was found there.",
    ),
    "file_unreadable": (
        400,
        "This file could not be read. Save it as CSV or XLSX and upload it again.",
    ),
    "file_too_large": (413, "This file is too large; the limit is {limit_mb} MB."),
    "file_too_many_rows": (400, "There are {count} answers; the limit is {limit}."),
    "zip_without_csv": (400, "The ZIP file must hold exactly one CSV file."),
    # Who may do what, and how often
    "login_needed": (
        401,
        "This server asks hosts to log in. Send its password as a Bearer token.",
    ),
    "password_wrong": (403, "This is not the password of this server."),
    "too_often": (429, "That was too often. Try again in {seconds} seconds."),
    # Requests
    "body_not_json": (400, "The body must be a JSON object."),
    "field_wrong": (400, "{field} must be {expected}."),
    "bad_request": (400, "The request could not be understood."),
    "form_expired": (400, "This form has expired. Load the page again."),
    "not_found": (404, "There is nothing here."),
    "method_not_allowed": (405, "This address does not support that method."),
    "too_large": (413, "The request is too large."),
    "key_wrong": (
        400,
        "Idempotency-Key must have {shortest} to {longest} characters, such as a UUID.",
    ),
    "unsupported_type": (415, "Send JSON with Content-Type: application/json."),
    "internal": (500, "Something went wrong on our side. It has been logged."),
    "store_unavailable": (503, "The data store does not answer. Try again shortly."),
}
BY_STATUS = {
    400: "bad_request",
    401: "login_needed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_type",
    500: "internal",
}


# How Redis begins to say that it cannot write now.
CANNOT_WRITE = ("OOM", "MISCONF", "READONLY", "command not allowed when used memory")
IN_A_PIPELINE = "of pipeline caused error: "  # what redis-py puts in front of that
# Addresses that programs ask, not people.
PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")


class ConfigError(Exception):
    """A setting is missing or wrong; the text names it and the next step."""


class AppError(Exception):
    """An error with a code that pages translate and the API shows."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.status, sentence = PROBLEMS[code]
        self.values = values
        self.detail = sentence.format(**values)


class UserError(AppError):
    """The request cannot be done as it is; the person can change it."""


class NotFound(UserError):
    """There is nothing here for this person."""

    def __init__(self, code: str = "not_found", **values: object) -> None:
        super().__init__(code, **values)


class TooOften(UserError):
    """An address or a meeting has done this too often lately."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_often", seconds=seconds)
        self.seconds = seconds


class ServiceError(AppError):
    """Something the product depends on does not answer now."""


def register(app: Flask) -> None:
    """Show every error as a problem (API, health) or as a page (all others)."""
    app.register_error_handler(AppError, show)
    app.register_error_handler(HTTPException, _show_http)
    for away in (RedisConnectionError, RedisTimeoutError):
        app.register_error_handler(away, _show_store_away)
    app.register_error_handler(ResponseError, _show_refusal)
    app.register_error_handler(Exception, _show_bug)


def show(error: AppError) -> tuple[Response, int]:
    """One error as the answer to this request."""
    if _wants_problem():
        response = problem(error)
    else:
        response = make_response(render_template("error.html", error=error))
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response, error.status


def problem(error: AppError) -> Response:
    """The error as RFC 9457 `application/problem+json`."""
    response = jsonify(
        type="about:blank",
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.detail,
        code=error.code,
    )
    response.status_code = error.status
    response.mimetype = "application/problem+json"
    return response


def _wants_problem() -> bool:
    return request.path.startswith(PROGRAMS)


def _show_http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error  # a redirect, raised by routing
    code = BY_STATUS.get(status, "bad_request" if status < 500 else "internal")
    if type(error).__name__ == "CSRFError":
        code = "form_expired"
    shown = AppError(code)
    shown.status = status
    answer, _ = show(shown)
    response = make_response(answer, status)
    if error.response is None and hasattr(error, "valid_methods"):
        response.allow.update(error.valid_methods or ())
    return response


def _show_store_away(error: Exception) -> tuple[Response, int]:
    log.error("Redis does not answer: %s", type(error).__name__)
    return show(ServiceError("store_unavailable"))


def _show_refusal(error: ResponseError) -> tuple[Response, int]:
    """Redis answers, but cannot write: memory or disk is full, or it is a replica."""
    reason = str(error).rpartition(IN_A_PIPELINE)[2]
    if reason.startswith(CANNOT_WRITE):
        return _show_store_away(error)
    return _show_bug(error)


def _show_bug(error: Exception) -> tuple[Response, int]:
    log.exception("Unexpected error in %s", request.endpoint)
    return show(AppError("internal"))
