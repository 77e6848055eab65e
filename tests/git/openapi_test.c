/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/git/openapi.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "tests/git/schema.h"
#include "tests/test.h"

#define VERSION "X-GitHub-Api-Version: 2022-11-28\n"
#define JSON    "Content-Type: application/json\n"
#define PULLS   "/repos/up/engine/pulls"
#define MERGES  "/projects/up%2Fengine/merge_requests"

static const char *path_of(const char *name) {
    static char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/git/data/%s.json", SOURCE_DIR, name);
    return path;
}

static struct openapi *open_description(const char *name) {
    struct openapi *o = NULL;
    CHECK(openapi_load(&o, path_of(name)) == 0);
    return o;
}

/* says: what is wrong with it; NULL when nothing is. */
static void expect(const char *service, const char *method, const char *target, const char *head,
                   const char *body, const char *says) {
    struct openapi *o = open_description(service);
    const struct openapi_request r = {
        .method = method, .target = target, .head = head, .body = body, .body_len = strlen(body)};
    int rc = openapi_check(o, &r);
    test_check(says ? rc < 0 && strstr(err_text(), says) : rc == 0, __FILE__, __LINE__,
               "%s %s %s: %s", service, method, target, rc < 0 ? err_text() : "it passed");
    openapi_free(o);
}

TEST(what_the_service_says_it_takes_passes) {
    expect("github", "GET", PULLS "?state=open&head=up%3Afix&base=main", VERSION, "", NULL);
    expect("github", "GET", PULLS, VERSION, "", NULL);
    expect("github", "GET", PULLS "?per_page=30", VERSION, "", NULL);
    expect("github", "POST", PULLS, VERSION JSON,
           "{\"title\":\"t\",\"head\":\"up:fix\",\"base\":\"main\",\"body\":\"b\",\"draft\":true}",
           NULL);
    expect("github", "PATCH", PULLS "/7", VERSION JSON, "{\"title\":\"t\"}", NULL);
    expect("github", "POST", "/repos/up/engine/statuses/abc", VERSION JSON,
           "{\"state\":\"success\",\"target_url\":null}", NULL);
    expect("gitea", "GET", PULLS "?state=open&limit=50&page=1", "", "", NULL);
    expect("gitea", "PATCH", PULLS "/7", JSON, "{\"title\":\"t\"}", NULL);
    expect("gitlab", "GET", MERGES "?state=opened&source_branch=a%2Fb", "", "", NULL);
    expect("gitlab", "PUT", MERGES "/7", JSON, "{\"title\":\"t\"}", NULL);
}

TEST(what_it_does_not_is_told_by_name) {
    expect("github", "GET", PULLS "?state=opened", VERSION, "",
           "GET /repos/{owner}/{repo}/pulls: query state: it: \"opened\" is none of its values");
    expect("github", "GET", PULLS "?source=x", VERSION, "", "query source is not described");
    expect("github", "GET", PULLS "?per_page=many", VERSION, "", "query per_page: it");
    expect("github", "GET", PULLS "?base=%zz", VERSION, "", "query base: %zz is no escaped byte");
    expect("github", "GET", PULLS, "", "", "header X-GitHub-Api-Version is missing");
    expect("github", "GET", PULLS, "X-GitHub-Api-Version: 2021\n", "",
           "header X-GitHub-Api-Version: it: expected \"2022-11-28\"");
    expect("github", "GET", PULLS, VERSION, "{}", "it has a body, and none is described");
    expect("github", "PUT", PULLS, VERSION, "", "no such operation is described");
    expect("github", "GET", "/repos/up/pulls", VERSION, "", "no such operation is described");
    expect("github", "PATCH", PULLS "/seven", VERSION JSON, "{}", "path pull_number: it");
    expect("github", "POST", PULLS, VERSION, "{\"head\":\"up:fix\",\"base\":\"main\"}",
           "the type of its body is \"\"");
    expect("github", "POST", PULLS, VERSION JSON, "{\"title\"", "body: ");
    expect("github", "POST", PULLS, VERSION JSON, "{\"head\":\"up:fix\"}",
           "body: \"base\" is missing");
    expect("github", "POST", PULLS, VERSION JSON,
           "{\"head\":\"up:fix\",\"base\":\"main\",\"titel\":\"t\"}",
           "body: titel: no such member is described");
    expect("github", "POST", PULLS, VERSION JSON,
           "{\"head\":\"up:fix\",\"base\":\"main\",\"draft\":\"yes\"}",
           "body: draft: expected boolean, found a string");
    expect("github", "POST", PULLS, VERSION JSON,
           "{\"head\":\"up:fix\",\"base\":\"main\",\"body\":null}",
           "body: body: expected string, found null");
    expect("github", "POST", "/repos/up/engine/statuses/abc", VERSION JSON, "{\"state\":\"good\"}",
           "body: state: \"good\" is none");
    expect("gitea", "GET", PULLS "?page=0", "", "", "query page: it: 0 is beyond its minimum of 1");
    expect("gitea", "POST", PULLS, JSON, "{\"draft\":true}", "draft: no such member");
    expect("gitlab", "GET", MERGES "?state=open", "", "", "query state");
    expect("gitlab", "POST", MERGES, JSON, "{\"source_branch\":\"a\",\"target_branch\":\"b\"}",
           "\"title\" is missing");
    expect("gitlab", "POST", MERGES, JSON,
           "{\"source_branch\":\"a\",\"target_branch\":\"b\",\"title\":\"t\",\"target_project_id\":"
           "\"1\"}",
           "target_project_id: expected integer, found a string");
}

static int answer(const char *service, const char *method, const char *target, const char *overlay,
                  int *status, struct buf *body) {
    struct openapi *o = open_description(service);
    const struct openapi_request r = {.method = method, .target = target};
    struct json_doc *doc = NULL;
    CHECK(json_parse(&doc, overlay, strlen(overlay), "overlay", 0) == 0);
    int rc = openapi_answer(o, &r, json_root(doc), status, body);
    json_free(doc);
    openapi_free(o);
    return rc;
}

TEST(an_answer_is_filled_up_to_what_must_be_in_it) {
    struct json_doc *doc = NULL;
    const char *ref = "", *login = NULL;
    int64_t number = 0;
    int status = 0;
    struct buf b;
    buf_init(&b, 1 << 20);
    REQUIRE(answer("github", "POST", PULLS, "{\"number\":7,\"head\":{\"ref\":\"fix\"}}", &status,
                   &b) == 0);
    EXPECT_INT(status, 201);
    REQUIRE(json_parse(&doc, b.data, b.len, "answer", 0) == 0);
    EXPECT_INT(json_int(json_root(doc), "number", 1, 9, &number), 0);
    EXPECT_INT(json_str(json_root(doc), "head.ref", &ref), 0);
    EXPECT_STR(ref, "fix");
    EXPECT_INT(json_str(json_root(doc), "base.repo.full_name", &login), 0);
    EXPECT(json_len(json_root(doc)) > 40);
    json_free(doc);
    buf_reset(&b);
    EXPECT_INT(answer("gitlab", "GET", MERGES, "[{\"iid\":1},{\"iid\":2}]", &status, &b), 0);
    EXPECT_INT(status, 200);
    EXPECT_HAS(b.data, "\"iid\":2,");
    EXPECT_HAS(b.data, "\"source_project_id\":0");
    buf_done(&b);
}

TEST(an_answer_that_the_service_would_not_give_is_told) {
    int status;
    struct buf b;
    buf_init(&b, 1 << 20);
    EXPECT_INT(answer("github", "PATCH", PULLS "/7", "{\"number\":\"7\"}", &status, &b),
               ERR_FORMAT);
    EXPECT_HAS(err_text(), "number: expected integer");
    buf_reset(&b);
    EXPECT_INT(answer("github", "POST", PULLS, "{\"state\":\"merged\"}", &status, &b), ERR_FORMAT);
    EXPECT_HAS(err_text(), "state");
    buf_done(&b);
}

TEST(schemas_are_judged_as_their_reference_does) {
    struct json_doc *doc = NULL;
    size_t count = 0;
    REQUIRE(json_load(&doc, path_of("vectors"), 1 << 20, 0) == 0);
    struct json root = json_root(doc), list = json_get(root, "vectors");
    for (struct json v = json_first(list); v.node; v = json_next(v), count++) {
        bool valid = false;
        REQUIRE(json_bool(v, "valid", &valid) == 0);
        int rc = schema_check(root, json_get(v, "schema"), json_get(v, "value"), false);
        test_check((rc == 0) == valid, __FILE__, __LINE__, "vector %zu is %s: %s", count,
                   valid ? "valid" : "not valid", rc < 0 ? err_text() : "it passed");
    }
    EXPECT(count >= 200);
    json_free(doc);
}

TEST(a_schema_that_is_not_understood_is_no_pass) {
    static const char *const bad[][2] = {
        {"{\"pattern\":\"a\"}",                   "\"pattern\" is not known"},
        {"{\"$ref\":\"#/components/schemas/A\"}", "goes in circles"         },
        {"{\"$ref\":\"#/components/schemas/B\"}", "no schema B"             },
        {"{\"$ref\":\"http://h/\"}",              "leads nowhere"           },
        {"3",                                     "no schema"               },
    };
    static const char root[] =
        "{\"components\":{\"schemas\":{\"A\":{\"$ref\":\"#/components/schemas/A\"}}}}";
    struct json_doc *doc = NULL, *schema = NULL;
    REQUIRE(json_parse(&doc, root, strlen(root), "root", 0) == 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        REQUIRE(json_parse(&schema, bad[i][0], strlen(bad[i][0]), "schema", 0) == 0);
        EXPECT_INT(schema_check(json_root(doc), json_root(schema), json_root(doc), false),
                   ERR_FORMAT);
        EXPECT_HAS(err_text(), bad[i][1]);
        json_free(schema);
    }
    json_free(doc);
}
