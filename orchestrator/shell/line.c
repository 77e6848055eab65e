/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/line.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

struct scan {
    const char *text;
    size_t size, at;
    struct arena *arena;
    struct line *out;
    struct buf word;
    size_t words; /* in the whole line */
    /* The command being read. */
    const char *argv[LINE_WORDS_MAX + 1];
    size_t argc;
    struct line_redirect redirects[LINE_COMMANDS_MAX];
    size_t redirect_count;
};

/* 0 at the end, which is no byte of a line. */
static char peek(const struct scan *s, size_t ahead) {
    return s->at + ahead < s->size ? s->text[s->at + ahead] : '\0';
}

static int refuse(const struct scan *s, const char *what) {
    return err_set(ERR_FORMAT, "byte %zu: %s", s->at + 1, what);
}

static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_./:,@%+-=", c) != NULL);
}

static bool is_control(char c) {
    unsigned char u = (unsigned char)c;
    return (u < 0x20 && u != '\t' && u != '\n') || u == 0x7f;
}

/* What a shell does with a byte that stands outside quotes and is neither plain nor an operator. */
static const char *meaning(char c) {
    switch (c) {
    case '$':
        return "\"$\" is expanded by a shell; write what it stands for, or quote it with '…'";
    case '`':
        return "\"`\" runs a command inside a command; run it by itself";
    case '\\':
        return "a backslash outside of quotes; quote the word with '…'";
    case '*':
    case '?':
    case '[':
    case ']':
        return "a pattern that a shell would turn into names; name them, or quote it";
    case '{':
    case '}':
        return "braces are expanded by a shell; quote them";
    case '(':
    case ')':
        return "a group or substitution of commands; run them one by one";
    case '~':
        return "\"~\" is expanded by a shell; write the path";
    case '!':
        return "\"!\" means something to a shell; quote it with '…'";
    case '#':
        return "a comment; leave it out, or quote it";
    default:
        return "this byte must be quoted with '…'";
    }
}

static int read_single(struct scan *s) {
    const char *from = s->text + ++s->at;
    const char *end = memchr(from, '\'', s->size - s->at);
    if (!end)
        return refuse(s, "the quote ' is not closed");
    for (const char *p = from; p < end; p++)
        if (is_control(*p))
            return refuse(s, "a control byte in quotes");
    buf_add(&s->word, from, (size_t)(end - from));
    s->at += (size_t)(end - from) + 1;
    return 0;
}

static int read_double(struct scan *s) {
    for (s->at++; s->at < s->size; s->at++) {
        char c = peek(s, 0), next = peek(s, 1);
        if (c == '"') {
            s->at++;
            return 0;
        }
        if (c == '$' || c == '`' || c == '!')
            return refuse(s, c == '!' ? meaning(c) : "a shell expands this in \"…\"; use '…'");
        if (c == '\\' && next == '\n')
            return refuse(s, "a line that goes on behind a backslash");
        if (is_control(c))
            return refuse(s, "a control byte in quotes");
        if (c == '\\' && next != '\0' && strchr("\"\\$`", next))
            c = s->text[++s->at];
        buf_putc(&s->word, c);
    }
    return refuse(s, "the quote \" is not closed");
}

static bool is_operator(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '|' || c == '&' || c == ';' || c == '<' ||
           c == '>';
}

/* A bare byte, given the one before it in the same word. Names like HEAD~2 and a#b are literal;
 * "~" at a start or behind ":" or "=" is a home folder, "=" at a start a program's path in zsh. */
static int read_bare(struct scan *s, char before) {
    char c = peek(s, 0);
    bool inside = before != '\0' && before != ':' && before != '=';
    if (c == '=' && before == '\0')
        return refuse(s, "\"=\" at the start of a word must be quoted");
    if (!is_plain(c) && !((c == '~' || c == '#') && inside))
        return refuse(s, is_control(c) ? "a control byte" : meaning(c));
    buf_putc(&s->word, c);
    s->at++;
    return 0;
}

/* *out in the arena. */
static int read_word(struct scan *s, const char **out) {
    char before = '\0';
    size_t from = s->at;
    int rc = 0;
    buf_reset(&s->word);
    while (rc == 0 && s->at < s->size && !is_operator(peek(s, 0))) {
        char c = peek(s, 0);
        if (c == '\'')
            rc = read_single(s);
        else if (c == '"')
            rc = read_double(s);
        else
            rc = read_bare(s, before);
        before = c;
    }
    if (rc == 0 && s->at == from)
        rc = refuse(s, "a word is missing here");
    if (rc == 0 && ++s->words > LINE_WORDS_MAX)
        rc = err_set(ERR_LIMIT, "the line has more than %d words", LINE_WORDS_MAX);
    if (rc == 0)
        *out = arena_strndup(s->arena, s->word.data, s->word.len);
    return rc;
}

static void skip_blanks(struct scan *s) {
    while (peek(s, 0) == ' ' || peek(s, 0) == '\t')
        s->at++;
}

/* ">&1" and ">&2" join streams and open nothing. */
static bool joins_streams(const struct scan *s) {
    char to = peek(s, 2), behind = peek(s, 3);
    return peek(s, 0) == '>' && peek(s, 1) == '&' && (to == '1' || to == '2') &&
           (s->at + 3 == s->size || is_operator(behind));
}

/* At "<" or ">", with the number of a stream before it already passed over. */
static int read_redirect(struct scan *s) {
    bool write = peek(s, 0) == '>';
    if (joins_streams(s)) {
        s->at += 3;
        return 0;
    }
    s->at += write && peek(s, 1) == '>' ? 2 : 1;
    if (peek(s, 0) == '<')
        return refuse(s, "a here-document; put the text into a file");
    if (peek(s, 0) == '&' || peek(s, 0) == '|' || peek(s, 0) == '>' || peek(s, 0) == '(')
        return refuse(s, "only \"<\", \">\" and \">>\" with a file are read");
    if (s->redirect_count == LINE_COMMANDS_MAX)
        return err_set(ERR_LIMIT, "a command has more than %d redirections", LINE_COMMANDS_MAX);
    struct line_redirect *r = &s->redirects[s->redirect_count++];
    r->write = write;
    skip_blanks(s);
    return read_word(s, &r->path);
}

/* A number right before "<" or ">" is a stream's. */
static bool at_redirect(struct scan *s) {
    bool number =
        peek(s, 0) >= '0' && peek(s, 0) <= '2' && (peek(s, 1) == '<' || peek(s, 1) == '>');
    if (number)
        s->at++;
    return number || peek(s, 0) == '<' || peek(s, 0) == '>';
}

static bool at_foreign_stream(const struct scan *s) {
    size_t digits = 0;
    while (peek(s, digits) >= '0' && peek(s, digits) <= '9')
        digits++;
    return digits > 0 && (peek(s, digits) == '<' || peek(s, digits) == '>') &&
           (digits > 1 || peek(s, 0) > '2');
}

/* Words and redirections up to an operator. */
static int read_simple(struct scan *s) {
    int rc = 0;
    s->argc = s->redirect_count = 0;
    for (skip_blanks(s); rc == 0 && s->at < s->size; skip_blanks(s)) {
        if (at_foreign_stream(s))
            return refuse(s, "a stream other than 0, 1 and 2");
        if (at_redirect(s))
            rc = read_redirect(s);
        else if (strchr("|&;\n", peek(s, 0)))
            break;
        else if ((rc = read_word(s, &s->argv[s->argc])) == 0)
            s->argc++;
    }
    if (rc == 0 && s->argc > 0 && strchr(s->argv[0], '='))
        return refuse(s, "a variable is set before the command, which changes what it does");
    return rc;
}

/* Passes over the operator behind a command. */
static int read_join(struct scan *s, enum line_join *out) {
    char c = peek(s, 0), next = peek(s, 1);
    if (c == '&' && next != '&')
        return refuse(s, "a command in the background, or both streams redirected at once");
    if (c == '|' && next == '&')
        return refuse(s, "\"|&\" is not of every shell; write \"2>&1 |\"");
    if (c == ';' && (next == ';' || next == '&'))
        return refuse(s, "\";;\" outside of a case");
    bool twice = (c == '&' || c == '|') && next == c;
    *out = s->at >= s->size ? LINE_LAST
           : c == '&'       ? LINE_AND
           : c != '|'       ? LINE_THEN
           : twice          ? LINE_OR
                            : LINE_PIPE;
    s->at += s->at < s->size ? (twice ? 2 : 1) : 0;
    return 0;
}

static void keep(struct scan *s, enum line_join join) {
    struct line_command *c = &s->out->commands[s->out->len++];
    c->argv = arena_array(s->arena, s->argc + 1, sizeof(*c->argv));
    memcpy(c->argv, s->argv, s->argc * sizeof(*c->argv));
    c->argc = s->argc;
    c->redirects = arena_array(s->arena, s->redirect_count + 1, sizeof(*c->redirects));
    memcpy(c->redirects, s->redirects, s->redirect_count * sizeof(*c->redirects));
    c->redirect_count = s->redirect_count;
    c->join = join;
}

/* Empty lines between commands are nothing. */
static void skip_empty(struct scan *s) {
    while (peek(s, 0) == '\n' || peek(s, 0) == ' ' || peek(s, 0) == '\t')
        s->at++;
}

static int read_all(struct scan *s) {
    enum line_join join = LINE_THEN;
    for (skip_empty(s); s->at < s->size; skip_empty(s)) {
        int rc = read_simple(s);
        if (rc == 0 && s->argc == 0)
            rc = refuse(s, "a command is missing here");
        if (rc == 0 && s->out->len == LINE_COMMANDS_MAX)
            rc = err_set(ERR_LIMIT, "the line has more than %d commands", LINE_COMMANDS_MAX);
        if (rc == 0)
            rc = read_join(s, &join);
        if (rc < 0)
            return rc;
        keep(s, join);
    }
    if (s->out->len == 0)
        return err_set(ERR_FORMAT, "the line holds no command");
    if (join != LINE_THEN && join != LINE_LAST)
        return refuse(s, "a command is missing at the end");
    s->out->commands[s->out->len - 1].join = LINE_LAST;
    return 0;
}

int line_parse(struct line *out, struct arena *arena, const char *text, size_t size) {
    if (size > LINE_BYTES_MAX)
        return err_set(ERR_LIMIT, "the line is longer than %d bytes", LINE_BYTES_MAX);
    struct scan *s = xcalloc(1, sizeof(*s));
    *out = (struct line){arena_array(arena, LINE_COMMANDS_MAX, sizeof(*out->commands)), 0};
    s->text = text;
    s->size = size;
    s->arena = arena;
    s->out = out;
    buf_init(&s->word, LINE_BYTES_MAX);
    int rc = memchr(text, '\0', size) ? err_set(ERR_FORMAT, "the line holds a NUL") : read_all(s);
    buf_done(&s->word);
    free(s);
    return rc;
}
