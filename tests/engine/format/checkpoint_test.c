/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/checkpoint.h"

#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/safetensors_writer.h"
#include "engine/format/shard_index.h"
#include "tests/test.h"

/* A path below the test folder; folders on the way are made. */
static const char *path_of(const char *folder, const char *name) {
    static struct buf a, b;
    static const char *root;
    if (!root) {
        root = test_folder();
        buf_init(&a, 4096);
        buf_init(&b, 4096);
    }
    file_join(&a, root, folder);
    CHECK(file_make_dirs(a.data) == 0);
    return name ? file_join(&b, a.data, name) : a.data;
}

static void put_text(const char *folder, const char *name, const char *text) {
    CHECK(file_replace(path_of(folder, name), text, strlen(text)) == 0);
}

/* A shard of one-element f32 tensors; names are single letters. */
static void put_shard(const char *folder, const char *name, const char *letters) {
    float values[8];
    char names[8][2];
    struct tensor tensors[8];
    struct safetensors_item items[8];
    size_t n = strlen(letters);
    for (size_t i = 0; i < n; i++) {
        values[i] = (float)letters[i];
        names[i][0] = letters[i];
        names[i][1] = 0;
        CHECK(tensor_init(&tensors[i], DTYPE_F32, SHAPE(1)) == 0);
        tensors[i].data = &values[i];
        items[i] = (struct safetensors_item){names[i], &tensors[i]};
    }
    CHECK(safetensors_write(path_of(folder, name), items, n, NULL, 0) == 0);
}

static void expect_value(struct checkpoint *cp, const char *name) {
    struct tensor t;
    EXPECT_INT(checkpoint_get(cp, name, &t), 0);
    EXPECT(*(const float *)t.data == (float)name[0]);
}

TEST(a_folder_with_one_file_gives_its_tensors) {
    struct checkpoint *cp = NULL;
    put_shard("single", "model.safetensors", "ab");
    REQUIRE(checkpoint_open(&cp, path_of("single", NULL), 0) == 0);
    EXPECT_INT(checkpoint_shards(cp), 1);
    EXPECT_INT(checkpoint_count(cp), 2);
    EXPECT_INT(checkpoint_bytes(cp), 8);
    expect_value(cp, "a");
    EXPECT(checkpoint_find(cp, "c") == NULL);
    checkpoint_close(cp);
}

TEST(a_single_file_may_be_named_itself) {
    struct checkpoint *cp = NULL;
    put_shard("named", "other.safetensors", "a");
    REQUIRE(checkpoint_open(&cp, path_of("named", "other.safetensors"), CHECKPOINT_READ) == 0);
    expect_value(cp, "a");
    checkpoint_close(cp);
}

static const char index_ab[] = "{\"metadata\":{\"total_size\":12.0},\"weight_map\":"
                               "{\"a\":\"s-1.safetensors\",\"b\":\"s-2.safetensors\"}}";

static void put_sharded(const char *folder) {
    put_shard(folder, "s-1.safetensors", "a");
    put_shard(folder, "s-2.safetensors", "bx");
    put_text(folder, "model.safetensors.index.json", index_ab);
}

TEST(shards_are_found_through_the_index_and_by_its_path) {
    struct checkpoint *cp = NULL;
    put_sharded("sharded");
    REQUIRE(checkpoint_open(&cp, path_of("sharded", NULL), 0) == 0);
    EXPECT_INT(checkpoint_shards(cp), 2);
    expect_value(cp, "a");
    expect_value(cp, "b");
    checkpoint_close(cp);
    cp = NULL;
    const char *path = path_of("sharded", "model.safetensors.index.json");
    REQUIRE(checkpoint_open(&cp, path, 0) == 0);
    expect_value(cp, "b");
    checkpoint_close(cp);
}

TEST(a_tensor_outside_the_index_cannot_be_taken_and_is_reported) {
    struct checkpoint *cp = NULL;
    struct tensor t;
    size_t cursor = 0;
    put_sharded("extra");
    REQUIRE(checkpoint_open(&cp, path_of("extra", NULL), 0) == 0);
    EXPECT_INT(checkpoint_get(cp, "x", &t), ERR_NOTFOUND);
    checkpoint_ignore(cp, "a");
    expect_value(cp, "b");
    const struct checkpoint_entry *e = checkpoint_next_unused(cp, &cursor);
    REQUIRE(e != NULL);
    EXPECT_STR(e->name, "x");
    EXPECT_HAS(checkpoint_file_at(cp, cursor - 1), "s-2.safetensors");
    EXPECT(checkpoint_next_unused(cp, &cursor) == NULL);
    checkpoint_close(cp);
}

TEST(what_nobody_took_is_listed_once_each) {
    struct checkpoint *cp = NULL;
    size_t cursor = 0, unused = 0;
    put_shard("unused", "model.safetensors", "abcd");
    REQUIRE(checkpoint_open(&cp, path_of("unused", NULL), 0) == 0);
    expect_value(cp, "b");
    checkpoint_ignore(cp, "d");
    checkpoint_ignore(cp, "not there");
    while (checkpoint_next_unused(cp, &cursor))
        unused++;
    EXPECT_INT(unused, 2);
    checkpoint_close(cp);
}

static void expect_refused(const char *folder, int code, const char *says) {
    struct checkpoint *cp = NULL;
    EXPECT_INT(checkpoint_open(&cp, path_of(folder, NULL), 0), code);
    EXPECT(cp == NULL);
    EXPECT_HAS(err_text(), says);
    EXPECT_HAS(err_text(), folder);
    checkpoint_close(cp);
}

TEST(a_folder_with_neither_file_says_what_was_looked_for) {
    expect_refused("empty", ERR_NOTFOUND, "model.safetensors.index.json");
    struct checkpoint *cp = NULL;
    EXPECT_INT(checkpoint_open(&cp, path_of("empty", "none"), 0), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "no such file or folder");
}

TEST(a_pickle_checkpoint_is_to_be_converted) {
    put_text("pickle", "pytorch_model.bin", "x");
    expect_refused("pickle", ERR_UNSUPPORTED, "convert it to safetensors");
}

TEST(an_index_that_lies_about_a_shard_is_refused) {
    put_sharded("liar");
    put_shard("liar", "s-2.safetensors", "x");
    expect_refused("liar", ERR_FORMAT, "weight_map.b");
}

TEST(a_shard_that_is_missing_is_named) {
    put_text("lost", "model.safetensors.index.json", index_ab);
    expect_refused("lost", ERR_NOTFOUND, "s-1.safetensors");
}

TEST(names_that_leave_the_folder_and_other_nonsense_are_refused_by_key) {
    static const char *const bad[][2] = {
        {"{\"weight_map\":{\"a\":\"../x.safetensors\"}}",     "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\"/etc/passwd\"}}",          "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\"sub/x.safetensors\"}}",    "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\"sub\\\\x.safetensors\"}}", "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\"..\"}}",                   "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\".\"}}",                    "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\"\"}}",                     "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\"x\\u0000y\"}}",            "index"          },
        {"{\"weight_map\":{\"a\":\"x\\ny\"}}",                "weight_map.a"   },
        {"{\"weight_map\":{\"a\":1}}",                        "weight_map.a"   },
        {"{\"weight_map\":{\"a\":null}}",                     "weight_map.a"   },
        {"{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}",        "a"              },
        {"{\"weight_map\":{}}",                               "lists no tensor"},
        {"{\"weight_map\":[]}",                               "weight_map"     },
        {"{}",                                                "weight_map"     },
        {"[]",                                                "weight_map"     },
        {"",                                                  "index"          },
        {"{\"weight_map\":{\"a\":\"x\"}} x",                  "index"          },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct shard_index *index = NULL;
        EXPECT_INT(shard_index_parse(&index, bad[i][0], strlen(bad[i][0]), "index"), ERR_FORMAT);
        EXPECT_HAS(err_text(), bad[i][1]);
        EXPECT(index == NULL);
    }
}

TEST(an_index_cut_at_any_byte_is_refused) {
    for (size_t cut = 0; cut < sizeof(index_ab) - 1; cut++) {
        struct shard_index *index = NULL;
        EXPECT_INT(shard_index_parse(&index, index_ab, cut, "index"), ERR_FORMAT);
    }
}
