/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/recipe.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/token/impl.h"

enum { MADE_MAX = 1 << 27 }; /* bytes; a table of characters has 400 KB */

struct recipe {
    const char *const *classes; /* without the "Fast" that may follow */
    const char *const *models;  /* model types that have this class when none is named */
    const char *overruled;      /* the one that has it whatever is named, or NULL */
    int (*write)(struct buf *out, struct json config, struct json file);
    int (*finish)(struct tokenizer *t); /* or NULL */
};

static const char *word(bool b) {
    return b ? "true" : "false";
}

/* -- BertTokenizer -- */

static const char *const bert_classes[] = {
    "BertTokenizer",   "DistilBertTokenizer", "ElectraTokenizer",     "LayoutLMTokenizer",
    "LxmertTokenizer", "MobileBertTokenizer", "SqueezeBertTokenizer", NULL,
};
static const char *const bert_models[] = {
    "align",          "bark",         "bert",          "blip",
    "bros",           "chinese_clip", "convbert",      "distilbert",
    "electra",        "ernie",        "flava",         "git",
    "grounding-dino", "layoutlm",     "megatron-bert", "mm-grounding-dino",
    "nomic_bert",     "squeezebert",  "tvp",           "vilt",
    "visual_bert",    NULL,
};

static int write_bert(struct buf *out, struct json config, struct json file) {
    (void)file;
    bool lowercase = true, chinese = true, strip = false;
    int rc = json_opt_bool(config, "do_lower_case", &lowercase);
    if (rc == 0)
        rc = json_opt_bool(config, "tokenize_chinese_chars", &chinese);
    if (rc == 0)
        rc = json_opt_bool(config, "strip_accents", &strip);
    if (rc < 0)
        return rc;
    bool said = json_exists(json_member(config, "strip_accents"));
    buf_printf(out,
               "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
               "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100},"
               "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"
               "\"handle_chinese_chars\":%s,\"strip_accents\":%s,\"lowercase\":%s},"
               "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
               "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},"
               "\"roles\":{\"unk_token\":\"[UNK]\",\"sep_token\":\"[SEP]\","
               "\"pad_token\":\"[PAD]\",\"cls_token\":\"[CLS]\",\"mask_token\":\"[MASK]\"}}",
               word(chinese), said ? word(strip) : "null", word(lowercase));
    return 0;
}

/* Another post-processor: what comes before a text and behind it. */
static int set_ends(struct tokenizer *t, const char *type, const char *more, int first, int last) {
    struct json_doc *doc = NULL;
    struct buf text;
    buf_init(&text, 1 << 16);
    buf_printf(&text, "{\"type\":\"%s\",\"cls\":[\"\",%d],\"sep\":[\"\",%d]%s}", type, first, last,
               more);
    int rc = json_parse(&doc, text.data, text.len, "the tokenizer class", 0);
    postprocessor_done(&t->post);
    if (rc == 0)
        rc = postprocessor_parse(&t->post, json_root(doc));
    json_free(doc);
    buf_done(&text);
    return rc;
}

static int set_bert_ends(struct tokenizer *t) {
    const int32_t *roles = t->roles;
    return set_ends(t, "BertProcessing", "", roles[TOKEN_CLS] >= 0 ? roles[TOKEN_CLS] : 2,
                    roles[TOKEN_SEP] >= 0 ? roles[TOKEN_SEP] : 3);
}

/* The tokens that a text is put between, and the unknown one, are those of the settings. */
static int finish_bert(struct tokenizer *t) {
    if (t->roles[TOKEN_UNK] >= 0)
        model_set_unk(&t->model, tokenizer_token(t, t->roles[TOKEN_UNK], NULL));
    return set_bert_ends(t);
}

/* -- XLMRobertaTokenizer and AlbertTokenizer -- */

static const char *const xlmr_classes[] = {"XLMRobertaTokenizer", NULL};
static const char *const xlmr_models[] = {
    "jina_embeddings_v3", "metaclip_2", "trocr", "xlm-roberta", "xmod", NULL,
};
static const char *const albert_classes[] = {"AlbertTokenizer", "AlbertTokenizerFast", NULL};
static const char *const albert_models[] = {"albert", "yoso", NULL};

/* The first Precompiled of the file's normalizers, all that stays of them; or no node. */
static struct json find_table(struct json file) {
    struct json one = json_member(file, "normalizer"), list = json_member(one, "normalizers");
    for (struct json v = json_exists(list) ? json_first(list) : one; v.node; v = json_next(v)) {
        const char *type = NULL;
        if (json_opt_str(v, "type", &type) == 0 && type && strcmp(type, "Precompiled") == 0 &&
            json_exists(json_member(v, "precompiled_charsmap")))
            return v;
        if (!json_exists(list))
            break;
    }
    return (struct json){0};
}

/* Words, each with a mark before it, and what makes spaces of the marks. */
static int put_words(struct buf *out, struct json config, int unk) {
    bool space = true;
    int rc = json_opt_bool(config, "add_prefix_space", &space);
    const char *scheme = space ? "always" : "never";
    buf_printf(out,
               "\"model\":{\"type\":\"Unigram\",\"unk_id\":%d,\"byte_fallback\":false},"
               "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":["
               "{\"type\":\"WhitespaceSplit\"},{\"type\":\"Metaspace\","
               "\"replacement\":\"\xe2\x96\x81\",\"prepend_scheme\":\"%s\"}]},"
               "\"decoder\":{\"type\":\"Metaspace\",\"replacement\":\"\xe2\x96\x81\","
               "\"prepend_scheme\":\"%s\"},",
               unk, scheme, scheme);
    return rc;
}

static void put_table(struct buf *out, struct json file) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_put_json(&w, NULL, find_table(file)); /* null without one */
}

static int write_xlmr(struct buf *out, struct json config, struct json file) {
    buf_puts(out, "{");
    int rc = put_words(out, config, 3);
    buf_puts(out, "\"normalizer\":");
    put_table(out, file);
    buf_puts(out, ",\"roles\":{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\",\"sep_token\":\"</s>\","
                  "\"cls_token\":\"<s>\",\"unk_token\":\"<unk>\",\"pad_token\":\"<pad>\","
                  "\"mask_token\":\"<mask>\"}}");
    return rc;
}

static int finish_xlmr(struct tokenizer *t) {
    return set_ends(t, "RobertaProcessing", ",\"trim_offsets\":false,\"add_prefix_space\":true",
                    t->roles[TOKEN_BOS], t->roles[TOKEN_EOS]);
}

static void put_quotes(struct buf *out, const char *quotes) {
    buf_printf(out, "{\"type\":\"Replace\",\"pattern\":{\"String\":\"%s\"},\"content\":\"\\\"\"}",
               quotes);
}

static int write_albert(struct buf *out, struct json config, struct json file) {
    bool lowercase = true, accents = false;
    buf_puts(out, "{");
    int rc = put_words(out, config, 1);
    if (rc == 0)
        rc = json_opt_bool(config, "do_lower_case", &lowercase);
    if (rc == 0)
        rc = json_opt_bool(config, "keep_accents", &accents);
    buf_puts(out, "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[");
    put_quotes(out, "``");
    buf_putc(out, ',');
    put_quotes(out, "''");
    if (!accents)
        buf_puts(out, ",{\"type\":\"NFKD\"},{\"type\":\"StripAccents\"}");
    if (lowercase)
        buf_puts(out, ",{\"type\":\"Lowercase\"}");
    if (find_table(file).node) {
        buf_putc(out, ',');
        put_table(out, file);
    }
    buf_puts(out, "]},\"roles\":{\"bos_token\":\"[CLS]\",\"eos_token\":\"[SEP]\","
                  "\"unk_token\":\"<unk>\",\"sep_token\":\"[SEP]\",\"pad_token\":\"<pad>\","
                  "\"cls_token\":\"[CLS]\",\"mask_token\":\"[MASK]\"}}");
    return rc;
}

/* -- GPT2Tokenizer -- */

static const char *const gpt2_classes[] = {"GPT2Tokenizer", NULL};
static const char *const gpt2_models[] = {
    "blip-2",       "codegen",           "dbrx",  "emu3", "gpt2", "gpt_neo",    "gptj",
    "instructblip", "instructblipvideo", "jais2", "opt",  "phi",  "starcoder2", NULL,
};

#define PLAIN_BPE "{\"model\":{\"type\":\"BPE\"},\"decoder\":{\"type\":\"ByteLevel\"},"

static int write_gpt2(struct buf *out, struct json config, struct json file) {
    (void)file;
    bool space = false;
    int rc = json_opt_bool(config, "add_prefix_space", &space);
    buf_printf(out,
               PLAIN_BPE "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":%s,"
                         "\"trim_offsets\":true,\"use_regex\":true},"
                         "\"roles\":{\"bos_token\":\"<|endoftext|>\","
                         "\"eos_token\":\"<|endoftext|>\",\"unk_token\":\"<|endoftext|>\"}}",
               word(space));
    return rc;
}

/* -- Qwen2Tokenizer -- */

static const char *const qwen2_classes[] = {"Qwen2Tokenizer", NULL};
static const char *const qwen2_models[] = {
    "audioflamingo3", "colqwen2",     "cosmos3_omni", "fun_asr_nano", "hunyuan_vl",
    "internvl",       "lighton_ocr",  "ovis2",        "qianfan_ocr",  "qwen2",
    "qwen2_5_omni",   "qwen2_5_vl",   "qwen2_audio",  "qwen2_moe",    "qwen2_vl",
    "qwen3",          "qwen3_asr",    "qwen3_moe",    "qwen3_next",   "qwen3_omni_moe",
    "qwen3_vl",       "qwen3_vl_moe", "vibevoice",    NULL,
};

/* As JSON spells it. */
#define QWEN2_PATTERN                                                                 \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}| " \
    "?[^\\\\s\\\\p{L}"                                                                \
    "\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"

static int write_qwen2(struct buf *out, struct json config, struct json file) {
    (void)file;
    bool space = false;
    int rc = json_opt_bool(config, "add_prefix_space", &space);
    buf_printf(out,
               PLAIN_BPE "\"normalizer\":{\"type\":\"NFC\"},"
                         "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":["
                         "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" QWEN2_PATTERN
                         "\"},\"behavior\":\"Isolated\",\"invert\":false},"
                         "{\"type\":\"ByteLevel\",\"add_prefix_space\":%s,"
                         "\"trim_offsets\":true,\"use_regex\":false}]},"
                         "\"roles\":{\"eos_token\":\"<|endoftext|>\","
                         "\"unk_token\":\"<|endoftext|>\",\"pad_token\":\"<|endoftext|>\"}}",
               word(space));
    return rc;
}

/* -- the choice -- */

static const struct recipe recipes[] = {
    {bert_classes,   bert_models,   NULL,    write_bert,   finish_bert  },
    {xlmr_classes,   xlmr_models,   NULL,    write_xlmr,   finish_xlmr  },
    {albert_classes, albert_models, NULL,    write_albert, set_bert_ends},
    {gpt2_classes,   gpt2_models,   NULL,    write_gpt2,   NULL         },
    {qwen2_classes,  qwen2_models,  "qwen2", write_qwen2,  NULL         },
    {NULL,           NULL,          NULL,    NULL,         NULL         },
};

/* Model types whose class takes the file as it stands, whatever is named. */
static const char *const plain_models[] = {
    "EvollaModel",
    "arctic",
    "aria",
    "bigbird_pegasus",
    "camembertv2-base",
    "canary",
    "chameleon",
    "chatlm",
    "cohere_asr",
    "deepseek_ocr",
    "deepseek_ocr2",
    "deepseek_v2",
    "deepseek_v3",
    "deepseek_v32",
    "deepseek_v4",
    "deepseek_vl",
    "deepseek_vl_hybrid",
    "deepseek_vl_v2",
    "ernie4_5",
    "ernie4_5_moe",
    "flex_olmo",
    "fuyu",
    "glm",
    "glm4",
    "glm4_moe",
    "glm4_moe_lite",
    "glm4v",
    "glm4v_moe",
    "glm_image",
    "glmasr",
    "got_ocr2",
    "gpt_bigcode",
    "granite",
    "granitemoe",
    "granitemoehybrid",
    "granitemoeshared",
    "h2ovl_chat",
    "hyperclovax",
    "hyperclovax_vlm",
    "internlm2",
    "jamba",
    "janus",
    "kimi_k25",
    "kimi_linear",
    "kosmos-2",
    "llava",
    "llava_next",
    "mimo_v2_flash",
    "minicpm3",
    "minicpmv",
    "minicpmv4_6",
    "minimax_m2",
    "ministral",
    "ministral3",
    "mistral",
    "mistral3",
    "mixtral",
    "modernbert",
    "molmo",
    "molmo2",
    "nemotron",
    "nvfp4",
    "nystromformer",
    "olmo2",
    "olmo3",
    "olmo_hybrid",
    "opencua",
    "openvla",
    "paddleocr_vl",
    "pegasus_x",
    "persimmon",
    "phi3",
    "phi3_v",
    "phimoe",
    "pix2struct",
    "pixtral",
    "smolvlm",
    "stablelm",
    "step3_vl",
    "step3p5",
    "umt5",
    "vipllava",
    "vision-encoder-decoder",
    "voxtral",
    "voxtral_realtime",
    "xlm-roberta-xl",
    NULL,
};

static bool is_among(const char *const *names, const char *name, size_t len) {
    for (; *names; names++)
        if (strlen(*names) == len && memcmp(*names, name, len) == 0)
            return true;
    return false;
}

static const struct recipe *of_class(const char *name) {
    size_t len = strlen(name);
    if (len > 4 && strcmp(name + len - 4, "Fast") == 0)
        len -= 4;
    for (const struct recipe *r = recipes; r->classes; r++)
        if (is_among(r->classes, name, len))
            return r;
    return NULL;
}

static const struct recipe *of_model(const char *type) {
    for (const struct recipe *r = recipes; r->classes; r++)
        if (is_among(r->models, type, strlen(type)))
            return r;
    return NULL;
}

int recipe_pick(const struct recipe **out, struct json config, struct json model_config) {
    const char *name = "", *model = "";
    int rc = json_opt_str(config, "tokenizer_class", &name);
    if (rc == 0 && !*name)
        rc = json_opt_str(model_config, "tokenizer_class", &name);
    if (rc == 0)
        rc = json_opt_str(model_config, "model_type", &model);
    if (rc < 0)
        return rc;
    const struct recipe *usual = of_model(model);
    bool overruled = usual && usual->overruled && strcmp(usual->overruled, model) == 0;
    if (is_among(plain_models, model, strlen(model)))
        *out = NULL;
    else
        *out = overruled || !*name ? usual : of_class(name);
    return 0;
}

int recipe_make(const struct recipe *r, struct json_doc **out, struct json config,
                struct json file) {
    struct buf text;
    buf_init(&text, MADE_MAX);
    int rc = r->write(&text, config, file);
    if (rc == 0)
        rc = buf_ok(&text, "the tokenizer class");
    if (rc == 0)
        rc = json_parse(out, text.data, text.len, "the tokenizer class", 0);
    buf_done(&text);
    return rc;
}

int recipe_finish(const struct recipe *r, struct tokenizer *t) {
    return r->finish ? r->finish(t) : 0;
}
