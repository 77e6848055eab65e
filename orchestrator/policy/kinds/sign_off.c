/* SPDX-License-Identifier: Apache-2.0 */
/* Signed-off-by is a statement of a person (developercertificate.org): no machine can make it. */
#include <string.h>
#include <strings.h>

#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/kind.h"

struct params {
    bool required, author;
    struct pattern *machines;
};

/* Names that no person has, whatever follows them. */
#define TOOLS                                                                                  \
    "chatgpt|gpt[ -]?[0-9o][0-9a-z.]*|openai|anthropic|codex|deepseek|qwen|grok|aider|cursor|" \
    "(?:github )?copilot|llama|mixtral|codestral|devstral|windsurf|opencode|openhands|"        \
    "noctule|kimi k[0-9][0-9.]*|o[1-9]"
/* Names that people have, too: a tool's when nothing stands behind but what models are called. */
#define SHARED "(?:google )?gemini|claude|devin|jules|mistral|kimi"
#define MODELS                                                                              \
    "opus|sonnet|haiku|instant|code|coder|ai|agent|assistant|bot|cli|pro|flash|ultra|nano|" \
    "preview|latest|instruct|model|review|action|app|web|v?[0-9][0-9.a-z]*"
/* The addresses of those who make tools. */
#define MAKERS                                                                              \
    "anthropic\\\\.com|openai\\\\.com|cursor\\\\.(?:com|sh)|devin\\\\.ai|cognition\\\\.ai|" \
    "x\\\\.ai|deepseek\\\\.com|aider\\\\.chat|all-hands\\\\.dev|windsurf\\\\.com|"          \
    "codeium\\\\.com|mistral\\\\.ai"
/* Accounts of tools where GitHub hides the address of anybody. */
#define ACCOUNTS                                                               \
    "(?:[0-9]+\\\\+)?(?:" TOOLS "|claude|cursoragent|devin|google-labs-jules)" \
    "(?:-?(?:" MODELS "|swe-agent|ai-integration))*"

#define MACHINES                                                                           \
    "\"(?i)\\\\[bot\\\\]|(?<![a-z])bot(?![a-z])|\\\\b(?:assistant|agent|automation)\\\\b|" \
    "^(?:" TOOLS ")(?:" MODELS ")?(?![a-z])|"                                              \
    "^(?:" SHARED ")(?:[ ._/-]*(?:" MODELS "))*\\\\s*[(<]|"                                \
    "^[^<]*(?:[(]|\\\\b(?:with|via|by|using|and|through) )(?:" TOOLS "|" SHARED ")\\\\b|"  \
    "<(?:" ACCOUNTS ")@users\\\\.noreply\\\\.github\\\\.com|"                              \
    "<no-?reply@|@(?:[a-z0-9-]+\\\\.)*(?:" MAKERS ")>\""

static const struct param rows[] = {
    {"required", PARAM_BOOL,    offsetof(struct params, required), "false" },
    {"author",   PARAM_BOOL,    offsetof(struct params, author),   "false" },
    {"machines", PARAM_PATTERN, offsetof(struct params, machines), MACHINES},
    PARAM_END_ROW,
};

static const char token[] = "Signed-off-by";

/* The address between < and >; NULL when there is none. */
static const char *find_mail(const char *value, size_t *len) {
    const char *open = strchr(value, '<'), *close = open ? strchr(open, '>') : NULL;
    bool good = close && close > open + 3 && memchr(open, '@', (size_t)(close - open));
    *len = good ? (size_t)(close - open - 1) : 0;
    return good ? open + 1 : NULL;
}

static void check_one(const struct params *p, const struct view *v, size_t index, bool *by_author,
                      struct finder *f) {
    const char *value = message_value(&v->message, index, f->arena);
    size_t number = v->message.lines[index].number, len;
    const char *mail = find_mail(value, &len);
    if (!mail || mail <= value + 1) {
        finder_add(f, "trailer", number, "a sign-off is a name and an address: \"Ada <ada@…>\"");
        return;
    }
    if (finder_search(f, p->machines, value, strlen(value), "trailer", number))
        finder_add(f, "trailer", number, "no person signs here: \"%s\"", value);
    if (v->parts & VIEW_AUTHOR)
        *by_author |=
            strlen(v->author_email) == len && strncasecmp(v->author_email, mail, len) == 0;
}

/* Wherever it stands: one in the body that git does not take for a trailer still claims to be. */
static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    const struct message *m = &v->message;
    bool any = false, by_author = false;
    for (size_t i = 1; i < m->count; i++) {
        const struct message_line *l = &m->lines[i];
        if (message_token(l) != sizeof(token) - 1 ||
            strncasecmp(l->text, token, sizeof(token) - 1) != 0)
            continue;
        any |= i >= m->trailers;
        check_one(p, v, i, &by_author, f);
    }
    if (p->required && !any)
        finder_add(f, "trailer", 0, "%s is missing", token);
    else if (p->author && any && (v->parts & VIEW_AUTHOR) && !by_author)
        finder_add(f, "trailer", 0, "the author, <%s>, has not signed", v->author_email);
}

const struct kind kind_sign_off = {
    .name = "sign-off",
    .summary = "Signed-off-by only by a person; required or not; by the author or anybody.",
    .mend = "a person signs with `git commit -s`; a machine does not sign, it may assist",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
