/* SPDX-License-Identifier: Apache-2.0 */
/* generate MODEL PROMPT: continues a text and prints it as it comes.
 *
 *   cc generate.c -o generate $(pkg-config --static --cflags --libs noctule-engine) */
#include <noctule/engine.h>

#include <stdio.h>
#include <string.h>

static int print_token(void *arg, const struct engine_token *token) {
    (void)arg;
    (void)fwrite(token->text, 1, token->text_len, stdout);
    (void)fflush(stdout);
    return 0; /* go on */
}

static int run(struct engine *engine, const char *prompt) {
    struct engine_generate options = ENGINE_GENERATE_DEFAULTS;
    struct engine_session *session;
    int32_t *ids;
    int64_t len = engine_tokenize(engine, prompt, strlen(prompt), true, &ids);
    if (len < 0)
        return (int)len;
    options.max_new_tokens = 32;
    int rc = engine_session_open(&session, engine, NULL);
    if (rc == 0) {
        (void)fputs(prompt, stdout);
        rc = (int)engine_session_generate(session, ids, (size_t)len, &options, print_token, NULL,
                                          NULL);
        (void)putchar('\n');
        engine_session_close(session);
    }
    engine_free(ids);
    return rc;
}

int main(int argc, char **argv) {
    struct engine *engine;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: generate MODEL PROMPT\n");
        return 64;
    }
    int rc = engine_open(&engine, argv[1], NULL);
    if (rc == 0) {
        rc = run(engine, argv[2]);
        engine_close(engine);
    }
    if (rc < 0)
        (void)fprintf(stderr, "generate: %s\n", engine_error());
    return rc < 0;
}
