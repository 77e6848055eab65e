/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "orchestrator/proc/halt.h"

enum { CONNECT_S = 20, TOTAL_S = 120, FIRST_WAIT_MS = 500, LINE_MAX_BYTES = 256 };

/* What the headers of a reply say of another try. */
struct limits {
    int64_t retry_after_s, reset_s;
    bool exhausted; /* x-ratelimit-remaining: 0 */
};

static size_t on_body(char *bytes, size_t size, size_t count, void *arg) {
    buf_add(arg, bytes, size * count);
    return size * count;
}

static bool is_header(const char *line, size_t len, const char *name, char value[LINE_MAX_BYTES]) {
    size_t n = strlen(name);
    if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
        return false;
    snprintf(value, LINE_MAX_BYTES, "%.*s", (int)(len - n - 1), line + n + 1);
    return true;
}

/* Seconds, or a date (RFC 9110, 10.2.3). */
static int64_t seconds_of(const char *value) {
    char *end;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (end != value && errno == 0 && n >= 0)
        return n;
    time_t date = curl_getdate(value, NULL);
    int64_t wait = date < 0 ? -1 : (int64_t)date - clock_wall_ms() / 1000;
    return date < 0 ? -1 : wait > 0 ? wait : 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg) {
    struct limits *l = arg;
    char value[LINE_MAX_BYTES];
    size_t len = size * count;
    if (is_header(line, len, "retry-after", value))
        l->retry_after_s = seconds_of(value + strspn(value, " "));
    else if (is_header(line, len, "x-ratelimit-remaining", value))
        l->exhausted = seconds_of(value + strspn(value, " ")) == 0;
    else if (is_header(line, len, "x-ratelimit-reset", value))
        l->reset_s = seconds_of(value + strspn(value, " "));
    return len;
}

/* A token goes in the clear to nobody but this machine. */
static bool is_safe(const char *url) {
    static const char *const loopback[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};
    if (strncmp(url, "https://", 8) == 0)
        return true;
    for (size_t i = 0; i < sizeof(loopback) / sizeof(*loopback); i++) {
        size_t n = strlen(loopback[i]);
        if (strncmp(url, loopback[i], n) == 0 && (url[n] == ':' || url[n] == '/' || !url[n]))
            return true;
    }
    return false;
}

static struct curl_slist *list_headers(const struct http_request *r) {
    struct curl_slist *list = NULL;
    for (size_t i = 0; r->headers[i]; i++)
        list = curl_slist_append(list, r->headers[i]);
    if (r->body)
        list = curl_slist_append(list, "Content-Type: application/json");
    if (r->secret)
        list = curl_slist_append(list, r->secret);
    list = curl_slist_append(list, "User-Agent: noctule");
    CHECK(list);
    return list;
}

static int on_progress(void *arg, curl_off_t due, curl_off_t got, curl_off_t to_send,
                       curl_off_t sent) {
    (void)arg, (void)due, (void)got, (void)to_send, (void)sent;
    return halt_asked();
}

/* What only reads may be cut short (halt.h); of what writes the answer is waited for. */
static CURLcode perform_wait(CURL *curl, const struct http_request *r) {
    if (strcmp(r->method, "GET") != 0)
        return curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    halt_wait_begin();
    CURLcode got = curl_easy_perform(curl);
    halt_wait_end();
    return got;
}

static CURLcode perform(CURL *curl, const struct http_request *r, struct curl_slist *headers,
                        struct http_reply *out, struct limits *limits) {
    long status = 0;
    buf_reset(&out->body);
    *limits = (struct limits){.retry_after_s = -1, .reset_s = -1};
    curl_easy_setopt(curl, CURLOPT_URL, r->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out->body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, limits);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, r->timeout_s > 0 ? (long)r->timeout_s : (long)TOTAL_S);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (r->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->body));
    }
    CURLcode got = perform_wait(curl, r);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_off_t sent = 0;
    curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    out->taken = out->taken || sent > 0;
    out->status = got == CURLE_OK ? (int)status : 0;
    out->retry_after_s = limits->retry_after_s;
    return got;
}

/* Whether another try is due, and after how long. GitHub says a rate limit by 403 too. */
static bool is_due(const struct http_request *r, const struct http_reply *reply,
                   const struct limits *l, int64_t *wait_ms) {
    bool reads = strcmp(r->method, "GET") == 0;
    bool limited = reply->status == 429 || reply->status == 503 ||
                   (reply->status == 403 && (l->retry_after_s >= 0 || l->exhausted));
    bool failed = reads && (reply->status == 0 || reply->status >= 500 || reply->status == 408);
    int64_t asked = l->retry_after_s;
    if (asked < 0 && l->exhausted && l->reset_s >= 0)
        asked = l->reset_s - clock_wall_ms() / 1000;
    *wait_ms = asked >= 0 ? asked * 1000 : (int64_t)FIRST_WAIT_MS << (reply->tries - 1);
    return (limited || failed) && reply->tries < HTTP_TRIES && !halt_asked() &&
           *wait_ms <= (int64_t)HTTP_WAIT_MAX_S * 1000;
}

static void wait_for(int64_t ms) {
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    halt_wait_begin();
    while (!halt_asked() && nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
    halt_wait_end();
}

static const char *host_of(const char *url, int *len) {
    const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url;
    *len = (int)strcspn(host, "/");
    return host;
}

int http_send(const struct http_request *r, struct http_reply *out) {
    struct limits limits;
    int64_t wait_ms = 0;
    CURLcode got;
    int len;
    const char *host = host_of(r->url, &len);
    *out = (struct http_reply){.retry_after_s = -1};
    if (r->secret && !is_safe(r->url))
        return err_set(ERR_NOTNOW, "%.*s: a token is not sent over plain http", len, host);
    CURL *curl = curl_easy_init();
    CHECK(curl);
    struct curl_slist *headers = list_headers(r);
    buf_init(&out->body, HTTP_REPLY_MAX);
    for (;;) {
        out->tries++;
        got = perform(curl, r, headers, out, &limits);
        if (!is_due(r, out, &limits, &wait_ms))
            break;
        log_info("%.*s answers %d; again in %lld ms", len, host, out->status, (long long)wait_ms);
        wait_for(wait_ms);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    int rc = got == CURLE_ABORTED_BY_CALLBACK ? halt_check("asking a server")
             : got == CURLE_OK                ? buf_ok(&out->body, "the reply")
                               : err_set(ERR_IO, "%.*s: %s", len, host, curl_easy_strerror(got));
    bool taken = out->taken;
    if (rc < 0)
        http_done(out);
    out->taken = taken;
    return rc;
}

void http_done(struct http_reply *r) {
    buf_done(&r->body);
    *r = (struct http_reply){.status = 0};
}

void http_print(struct buf *out, const struct http_request *r) {
    buf_printf(out, "%s %s\n", r->method, r->url);
    for (size_t i = 0; r->headers[i]; i++)
        buf_printf(out, "%s\n", r->headers[i]);
    if (r->secret)
        buf_printf(out, "%.*s: (not shown)\n", (int)strcspn(r->secret, ":"), r->secret);
    if (r->body)
        buf_printf(out, "\n%s\n", r->body);
}

void http_escape(struct buf *out, const char *text) {
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || strchr("-._~", c))
            buf_putc(out, *text);
        else
            buf_printf(out, "%%%02X", c);
    }
}
