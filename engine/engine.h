/* SPDX-License-Identifier: Apache-2.0 */
/* engine: the library that others link; the only header a client includes.
 *
 * An engine is a loaded model and never changes. A session is one mutable timeline over it:
 * callers hand in the whole prefix of tokens each time, and the session computes only what it
 * does not hold yet.
 *
 * Errors: functions return 0 (or a count) or a negative code of enum engine_status; the sentence
 * for a person is engine_error(). Outputs are written on success only. Threads: an engine may be
 * shared, but at one time only one thread may be inside a function of it or of its sessions; a
 * session belongs to one thread. Lengths count items; texts are UTF-8 and NUL-terminated where no
 * length is given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ENGINE_API = 1 }; /* grows when something here changes its meaning */

enum engine_status {
    ENGINE_OK = 0,
    ENGINE_IO = -1,          /* a file could not be read */
    ENGINE_FORMAT = -2,      /* a file is malformed */
    ENGINE_ARG = -3,         /* the request is wrong */
    ENGINE_NOMEM = -4,       /* out of memory */
    ENGINE_LIMIT = -5,       /* a limit was exceeded: the session's capacity, say */
    ENGINE_UNSUPPORTED = -6, /* understood, but not implemented */
    ENGINE_NOTFOUND = -7,    /* no such file, token or output */
    ENGINE_STOPPED = -9,     /* stopped on request */
};

/* The text of this thread's last failure: never NULL, borrowed until the thread's next call. */
const char *engine_error(void);
/* "0.1.0"; borrowed for ever. */
const char *engine_version(void);

struct engine;
struct engine_session;

struct engine_options {
    const char *backend; /* "cpu-native", the default when NULL; "cpu" is the reference */
    const char *isa;     /* of cpu-native: "avx2", say; NULL = the best that the machine has */
    int threads;         /* of the CPU; 0 = one per core */
    bool pin;            /* bind each thread to a core, and the caller until engine_close() */
    bool exact;          /* f32 activations also with quantised weights */
    bool fast;           /* activations of 16 bits for prompts where weights have 16 */
    const char *dtype;   /* store weights as "f32", "f16" or "bf16"; NULL = as in the file */
    /* Matrices in blocks, "q8_0", "q4_0", "q4_k" or "q6_k", made while loading; NULL = as in the
     * file. Those of which the rows are no whole blocks become q8_0, or stay: engine_info() says.
     */
    const char *quant;
    const char *quant_embedding; /* of the embedding: one of those, or "keep"; NULL = as quant */
    bool read;                   /* read the file into memory instead of mapping it */
    bool strict;                 /* refuse the CPU reference on another backend */
    /* Weights that are packed, cast or quantised at load, kept for the next start: "auto" reads
     * what was kept in the user's cache, "on" keeps it there as well, any other text is a folder
     * to do both in; NULL or "off" does neither. A file read by `read` has none. */
    const char *packed_cache;
};

/* Loads a checkpoint: a folder with config.json and safetensors, or a .safetensors file with its
 * config.json beside it, or a GGUF file. options may be NULL. The engine is the caller's:
 * engine_close(). 0, or any of the codes above; on failure nothing stays behind. */
int engine_open(struct engine **out, const char *path, const struct engine_options *options);
/* NULL is fine. Its sessions must be closed before. */
void engine_close(struct engine *e);

/* What was loaded. Strings are borrowed and live as long as the engine. */
struct engine_info {
    const char *family;  /* "qwen3" */
    const char *model;   /* "Qwen3ForCausalLM" */
    const char *backend; /* with its instruction set: "cpu-native.avx2" */
    int64_t parameters;  /* elements; tied weights count once */
    int64_t weight_bytes;
    const char *stored; /* "q8_0 14, f32 7": how many tensors are stored as what */
    const char *note;   /* a sentence about what could not be done as asked, or NULL */
    const char *packed; /* a sentence about packed_cache, or NULL when nothing came of it */
    int64_t vocab_size;
    int64_t hidden_size;
    int64_t layers;
    int64_t max_positions; /* tokens that the model was made for */
    bool can_generate;
    bool has_tokenizer;
};
void engine_info(const struct engine *e, struct engine_info *out);

/* Text → ids. special: add what the tokenizer puts around a text. *ids is malloc'd: the caller's,
 * engine_free(). Returns the number of ids or a negative code (ENGINE_NOTFOUND without a
 * tokenizer; ENGINE_FORMAT for a token that the model's vocabulary does not reach). */
int64_t engine_tokenize(struct engine *e, const char *text, size_t len, bool special,
                        int32_t **ids);
/* Ids → text. *text is malloc'd, NUL-terminated, the caller's. Returns its bytes or a negative
 * code. */
int64_t engine_detokenize(struct engine *e, const int32_t *ids, size_t len, bool skip_special,
                          char **text);
/* Frees what engine_tokenize() and engine_detokenize() gave out. NULL is fine. */
void engine_free(void *p);

/* ---- a session ---- */

struct engine_session_config {
    int64_t capacity; /* tokens it can hold; 0 = 4096, or fewer where the model's positions end */
    int64_t chunk;    /* tokens of a prompt computed at once; 0 = 512 */
    const char *kv;   /* keys and values are kept as "f32" (also NULL), "f16" or "q8_0" */
};

/* config may be NULL. The session borrows e and is the caller's: engine_session_close(). 0,
 * ENGINE_ARG, ENGINE_LIMIT, ENGINE_NOMEM, ENGINE_UNSUPPORTED (heads that are no whole blocks). */
int engine_session_open(struct engine_session **out, struct engine *e,
                        const struct engine_session_config *config);
void engine_session_close(struct engine_session *s); /* NULL is fine */

/* Brings the timeline to exactly these ids: keeps the common prefix, drops the rest, computes what
 * is new. Afterwards engine_session_logits() are of the last id. len ≥ 1. Returns how many ids were
 * computed, or ENGINE_ARG (an id out of range), ENGINE_LIMIT (beyond the capacity). */
int64_t engine_session_sync(struct engine_session *s, const int32_t *ids, size_t len);
/* Ids that the timeline holds. */
int64_t engine_session_size(const struct engine_session *s);

/* One output of the last engine_session_sync(), f32. Borrowed until the next call on the session.
 * The return value counts floats; ENGINE_NOTFOUND when the model has none of that name. Names and
 * shapes: "logits" [vocab] of the last id for models that generate, [ids,vocab] or [ids,labels]
 * or [labels] for other heads; "pooler_output" [hidden]; "seq_relationship_logits" [2]. */
int64_t engine_session_values(const struct engine_session *s, const char *name, const float **out);
/* The logits alone: engine_session_values(s, "logits", out). */
int64_t engine_session_logits(const struct engine_session *s, const float **out);

enum engine_pooling {
    ENGINE_POOL_MEAN, /* of all ids */
    ENGINE_POOL_CLS,  /* the first id's state */
    ENGINE_POOL_LAST, /* the last id's state */
};
/* The pooled last hidden state of these ids, out [hidden_size] floats, the caller's. normalize:
 * to length 1. The timeline is empty afterwards. 0, ENGINE_ARG, ENGINE_LIMIT, ENGINE_NOMEM. */
int engine_session_embed(struct engine_session *s, const int32_t *ids, size_t len,
                         enum engine_pooling pooling, bool normalize, float *out);

/* One generated token, for the callback. text is what became certain with it (perhaps nothing, as
 * a character may span tokens); it is NUL-terminated and borrowed for the call. */
struct engine_token {
    int64_t index; /* 0, 1, … */
    int32_t id;
    float score;  /* processed */
    float margin; /* best score minus the next best: small = near a tie */
    const char *text;
    size_t text_len; /* bytes */
    bool last;
};
/* 0: go on; anything else: this token is the last. */
typedef int engine_token_fn(void *arg, const struct engine_token *token);

/* Every number < 0 and NULL means: what generation_config.json says, else the library's default
 * (20 new tokens, greedy). Start from ENGINE_GENERATE_DEFAULTS. */
struct engine_generate {
    int64_t max_new_tokens;
    double temperature; /* > 0 turns sampling on, 0 means greedy */
    int64_t top_k;      /* 0 = off */
    double top_p, min_p, repetition_penalty;
    uint64_t seed;
    const char *const *stop; /* [stop_len] stop strings, none empty */
    size_t stop_len;
    const int32_t *stop_ids; /* ends instead of the checkpoint's eos ids */
    size_t stop_ids_len;     /* 0 = the checkpoint's */
    const char *settings;    /* a JSON object of settings under HF's names, applied last; or NULL */
    int64_t lookup; /* tokens guessed at most from the text so far and checked in one pass; the ids
                       are the same; 0 = off */
    bool is_text;   /* ids are what a text became: those of padding count like any other */
};
#define ENGINE_GENERATE_DEFAULTS \
    { -1, -1, -1, -1, -1, -1, 0, NULL, 0, NULL, 0, NULL, -1, false }

/* The capacity that engine_session_generate() needs of a session for a prompt of len ids: all it
 * may come to hold, at most the model's positions where these are learned and end. options may be
 * NULL. Or ENGINE_ARG, ENGINE_FORMAT, ENGINE_UNSUPPORTED for settings that cannot be. */
int64_t engine_generate_capacity(const struct engine *e, size_t len,
                                 const struct engine_generate *options);

/* Continues ids, keeping what the timeline shares with them. options and each may be NULL. *out
 * (may be NULL) becomes the new ids, malloc'd, the caller's. Returns the number of new ids, or a
 * negative code. Afterwards the timeline holds ids and all new ids but the last. */
int64_t engine_session_generate(struct engine_session *s, const int32_t *ids, size_t len,
                                const struct engine_generate *options, engine_token_fn *each,
                                void *arg, int32_t **out);

/* How long the last engine_session_generate() took: the prompt, and the tokens behind the first. */
void engine_session_timing(const struct engine_session *s, double *prompt_ms, double *tokens_ms);
/* Of the last engine_session_generate(): passes over the model behind that of the prompt, tokens
 * that lookup drafted, and those of them that came true. */
void engine_session_passes(const struct engine_session *s, int64_t *passes, int64_t *drafted,
                           int64_t *accepted);

#ifdef __cplusplus
}
#endif
