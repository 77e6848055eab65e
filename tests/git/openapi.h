/* SPDX-License-Identifier: Apache-2.0 */
/* openapi: requests and answers held to a published description (data/github.json …).
 *
 * Stricter than the descriptions, which let unknown members pass: what a request says is described,
 * or it is a mistake. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/json.h"

struct openapi;

struct openapi_request {
    const char *method;
    const char *target; /* "/repos/up/engine/pulls?state=open" */
    const char *head;   /* its headers, a line each */
    const char *body;   /* NULL or "": none */
    size_t body_len;
};

/* 0, ERR_IO, ERR_FORMAT, ERR_NOTFOUND. */
int openapi_load(struct openapi **out, const char *path);
void openapi_free(struct openapi *o); /* NULL is fine */

/* 0, or ERR_FORMAT with "GET /repos/{owner}/{repo}/pulls: query head: …". */
int openapi_check(const struct openapi *o, const struct openapi_request *r);

/* The good answer to a request that conforms: its status, and a body that has all that must be in
 * it around overlay. Checked like a request, but for members that are not described. */
int openapi_answer(const struct openapi *o, const struct openapi_request *r, struct json overlay,
                   int *status, struct buf *body);

/* The value of a header among lines of them; out is "" without. */
bool openapi_header(const char *head, const char *name, char *out, size_t size);
