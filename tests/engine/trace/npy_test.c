/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/npy.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

/* A file as NumPy writes it: header text, then size zero bytes. */
static int parse(const char *header, size_t size, struct npy *out) {
    static uint8_t bytes[1024];
    size_t len = strlen(header);
    memset(bytes, 0, sizeof(bytes));
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = (uint8_t)len;
    memcpy(bytes + 10, header, len);
    return npy_parse(out, bytes, 10 + len + size, "x.npy");
}

TEST(what_numpy_writes_is_read) {
    struct npy n;
    REQUIRE(parse("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", 24, &n) == 0);
    EXPECT(n.t.dtype == DTYPE_F32 && n.t.rank == 2 && n.t.shape[0] == 2 && n.t.shape[1] == 3);
    EXPECT(n.t.stride[0] == 3 && n.t.stride[1] == 1);
    REQUIRE(parse("{'fortran_order': True, \"shape\": (2,3), 'descr': '<i8'}\n", 48, &n) == 0);
    EXPECT(n.t.dtype == DTYPE_I64 && n.t.stride[0] == 1 && n.t.stride[1] == 2);
    REQUIRE(parse("{'descr': '|b1', 'fortran_order': False, 'shape': (), }\n", 1, &n) == 0);
    EXPECT(n.t.dtype == DTYPE_BOOL && n.t.rank == 0);
    REQUIRE(parse("{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\n", 4, &n) == 0);
    EXPECT(n.t.dtype == DTYPE_U8 && n.t.rank == 1 && n.t.shape[0] == 4);
}

TEST(what_cannot_be_meant_is_refused_with_the_key) {
    static const struct {
        const char *header;
        size_t size;
        int rc;
        const char *says;
    } bad[] = {
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",                     8, ERR_UNSUPPORTED,
         "type \"|O\""                                                                                                      },
        {"{'descr': '=f4', 'fortran_order': False, 'shape': (1,), }",                    4, ERR_UNSUPPORTED,
         "type \"=f4\""                                                                                                     },
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",                    4, ERR_FORMAT,
         "needs 8 bytes, and 4"                                                                                             },
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",                   4, ERR_FORMAT,      "shape"        },
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 4,
         ERR_FORMAT,                                                                                         "shape"        },
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,4294967296), }", 4,
         ERR_LIMIT,                                                                                          ""             },
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }",                        4, ERR_FORMAT,      "fortran_order"},
        {"{'descr': '<f4', 'shape': (1,), }",                                            4, ERR_FORMAT,      "list of descr"},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",      4, ERR_FORMAT,
         "keys"                                                                                                             },
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x",                  4, ERR_FORMAT,      "end"          },
        {"{'descr': '<f4",                                                               0, ERR_FORMAT,      "descr"        },
        {"",                                                                             0, ERR_FORMAT,      "beginning"    },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct npy n;
        EXPECT_INT(parse(bad[i].header, bad[i].size, &n), bad[i].rc);
        EXPECT_HAS(err_text(), bad[i].says);
    }
    struct npy n;
    EXPECT_INT(npy_parse(&n, "\x93NUMPY\x04\x00\x00\x00", 10, "x"), ERR_UNSUPPORTED);
    EXPECT_INT(npy_parse(&n, "\x93NUMPY\x01\x00\xff\xff", 10, "x"), ERR_FORMAT);
    EXPECT_INT(npy_parse(&n, "\x93NUMPY\x02\x00\x00\x00", 10, "x"), ERR_FORMAT);
    EXPECT_INT(npy_parse(&n, "NUMPY", 5, "x"), ERR_FORMAT);
}

TEST(big_endian_elements_are_turned) {
    static const struct {
        const char *type;
        uint8_t bytes[8];
        double is;
    } rows[] = {
        {"f4", {0xc0, 0x20},             -2.5    },
        {"f8", {0x40, 0x09, 0x20},       3.140625},
        {"f2", {0x3e, 0x00},             1.5     },
        {"i8", {0, 0, 0, 0, 0, 0, 1, 2}, 258     },
        {"i4", {0xff, 0xff, 0xff, 0xfe}, -2      },
        {"u2", {1, 2},                   258     },
        {"i1", {0xff},                   -1      },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char header[100];
        uint8_t raw[16] = {0}, turned[16];
        double is[2];
        struct npy n;
        size_t size = (size_t)(rows[i].type[1] - '0');
        snprintf(header, sizeof(header), "{'descr': '>%s', 'fortran_order': False, 'shape': (2,)}",
                 rows[i].type);
        REQUIRE(parse(header, 2 * size, &n) == 0);
        EXPECT(n.is_big);
        memcpy(raw + size, rows[i].bytes, size);
        n.data = raw;
        npy_copy(turned, &n);
        dtype_convert(is, DTYPE_F64, turned, n.t.dtype, 2);
        EXPECT(!(is[0] < 0) && !(is[0] > 0) && fabs(is[1] - rows[i].is) < 1e-12);
    }
}

TEST(what_is_written_is_read_back_and_the_header_is_aligned) {
    char path[512];
    float values[6] = {1, 2, 3, 4, 5, 6};
    struct tensor t, turned;
    struct file f = {0};
    struct npy n;
    snprintf(path, sizeof(path), "%s/a.npy", test_folder());
    REQUIRE(tensor_init(&t, DTYPE_F32, SHAPE(2, 3)) == 0);
    t.data = values;
    REQUIRE(tensor_permute(&turned, &t, (const int[]){1, 0}) == 0);
    REQUIRE(npy_write(path, &turned) == 0 && file_read(&f, path, 1000) == 0);
    REQUIRE(npy_parse(&n, f.data, f.size, path) == 0);
    EXPECT(n.t.shape[0] == 3 && n.t.shape[1] == 2);
    EXPECT_INT(((const uint8_t *)n.data - f.data) % 64, 0);
    const float want[6] = {1, 4, 2, 5, 3, 6};
    EXPECT(memcmp(n.data, want, sizeof(want)) == 0);
    file_done(&f);
}
