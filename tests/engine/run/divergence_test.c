/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/divergence.h"

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "tests/test.h"

TEST(a_distribution_does_not_diverge_from_itself_wherever_its_logits_lie) {
    const float a[] = {1, 2, 3, -4}, b[] = {101, 102, 103, 96};
    EXPECT(divergence_of(a, a, 4) == 0);
    EXPECT(divergence_of(a, b, 4) < 1e-12);
}

/* ln 1/2, 1/4, 1/4 against ln 1/4, 1/4, 1/2: 1/2·ln 2 - 1/4·ln 2. */
TEST(divergence_is_the_sum_over_p_of_ln_p_by_q) {
    const float p[] = {0, -0.69314718f, -0.69314718f}, q[] = {-0.69314718f, -0.69314718f, 0};
    EXPECT(fabs(divergence_of(p, q, 3) - 0.25 * 0.6931471805599453) < 1e-7);
    const float sure[] = {0, -INFINITY}, even[] = {3, 3};
    EXPECT(fabs(divergence_of(sure, even, 2) - 0.6931471805599453) < 1e-12);
    EXPECT(isinf(divergence_of(even, sure, 2)));
}

TEST(what_is_no_number_has_no_divergence) {
    const float a[] = {1, 2}, nan[] = {1, NAN}, more[] = {INFINITY, 0};
    const float none[] = {-INFINITY, -INFINITY};
    EXPECT(isnan(divergence_of(a, nan, 2)));
    EXPECT(isnan(divergence_of(nan, a, 2)));
    EXPECT(isnan(divergence_of(more, a, 2)));
    EXPECT(isnan(divergence_of(none, a, 2)));
}

struct side {
    struct device *dev;
    struct model *model;
    struct session *session;
};

static void open_side(struct side *s, const char *folder, enum dtype quant, bool exact) {
    const struct device_options device = {.threads = 1, .exact = exact};
    const struct model_options model = {
        .weights = {.quant = quant, .quant_embedding = quant}
    };
    *s = (struct side){0};
    REQUIRE(device_open(&s->dev, BACKEND_DEFAULT, &device) == 0);
    REQUIRE(model_open(&s->model, folder, s->dev, &model) == 0);
    REQUIRE(session_new(&s->session, s->model, NULL) == 0);
}

static void close_side(struct side *s) {
    session_free(s->session);
    model_close(s->model);
    device_close(s->dev);
}

enum { IDS = 150 }; /* two whole steps and a part of one */

static int measure(struct divergence *out, enum dtype quant, bool exact) {
    static const char folder[] = SOURCE_DIR "/tests/models/qwen3";
    struct side a, b;
    int32_t ids[IDS];
    for (int i = 0; i < IDS; i++)
        ids[i] = i * 37 % 300;
    open_side(&a, folder, DTYPE_F32, true);
    open_side(&b, folder, quant, exact);
    int rc = divergence_measure(out, a.session, b.session, ids, IDS);
    close_side(&a);
    close_side(&b);
    return rc;
}

TEST(the_same_way_of_computing_does_not_diverge) {
    struct divergence d = {0};
    REQUIRE(measure(&d, DTYPE_F32, true) == 0);
    EXPECT_INT(d.tokens, IDS);
    EXPECT_INT(d.agree, IDS);
    EXPECT(d.mean == 0 && d.median == 0 && d.p99 == 0 && d.max == 0);
}

TEST(coarser_weights_diverge_more) {
    struct divergence fine = {0}, coarse = {0};
    REQUIRE(measure(&fine, DTYPE_Q8_0, true) == 0 && measure(&coarse, DTYPE_Q4_0, true) == 0);
    EXPECT(fine.mean > 1e-6 && fine.mean < 0.1);
    EXPECT(coarse.mean > 10 * fine.mean);
    EXPECT(coarse.agree < fine.agree && fine.agree < IDS);
    EXPECT(fine.median <= fine.mean && fine.mean < fine.p99 && fine.p99 <= fine.max);
}

TEST(a_model_that_continues_nothing_is_refused) {
    struct side a;
    struct divergence d = {0};
    const int32_t ids[] = {1, 2, 3};
    open_side(&a, SOURCE_DIR "/tests/models/bert", DTYPE_F32, true);
    EXPECT_INT(divergence_measure(&d, a.session, a.session, ids, 3), ERR_UNSUPPORTED);
    close_side(&a);
}

TEST(nothing_to_read_is_no_measurement) {
    struct side a;
    struct divergence d = {.tokens = 7};
    open_side(&a, SOURCE_DIR "/tests/models/qwen3", DTYPE_F32, true);
    EXPECT_INT(divergence_measure(&d, a.session, a.session, NULL, 0), ERR_ARG);
    EXPECT_INT(d.tokens, 7);
    close_side(&a);
}
