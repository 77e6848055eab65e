/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/junit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "tests/test.h"

static struct arena arena;
static struct junit report;

static int parse(const char *text) {
    arena_done(&arena);
    arena_init(&arena, 0);
    return junit_parse(&report, &arena, text, strlen(text));
}

/* As CTest 3.25 wrote it. */
static const char ctest[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<testsuite name=\"(empty)\"\n\ttests=\"3\"\n\tfailures=\"1\"\n\tdisabled=\"0\"\n\t>\n"
    "\t<testcase name=\"good\" classname=\"good\" time=\"0.0029\" status=\"run\">\n"
    "\t\t<system-out>fine\n</system-out>\n\t</testcase>\n"
    "\t<testcase name=\"odd &quot;q&quot; [x]\" classname=\"c\" time=\"1.5\" status=\"fail\">\n"
    "\t\t<failure message=\"\"/>\n"
    "\t\t<system-out>&lt;testcase name=\"good\"&gt;\n</system-out>\n\t</testcase>\n"
    "\t<testcase name=\"skip\" classname=\"skip\" time=\"0\" status=\"notrun\">\n"
    "\t\t<skipped message=\"SKIP_RETURN_CODE=77\"/>\n"
    "\t\t<properties/>\n\t\t<system-out>no gpu\n</system-out>\n\t</testcase>\n"
    "</testsuite>\n";

TEST(a_report_of_ctest_is_read) {
    REQUIRE(parse(ctest) == 0);
    REQUIRE(report.len == 3);
    EXPECT_STR(report.cases[0].name, "good");
    EXPECT_INT(report.cases[0].outcome, JUNIT_PASS);
    EXPECT_STR(report.cases[0].out, "fine\n");
    EXPECT(report.cases[0].seconds > 0.0028 && report.cases[0].seconds < 0.003);
    EXPECT_STR(report.cases[1].name, "odd \"q\" [x]");
    EXPECT_STR(report.cases[1].classname, "c");
    EXPECT_INT(report.cases[1].outcome, JUNIT_FAILED);
    EXPECT_STR(report.cases[1].out, "<testcase name=\"good\">\n");
    EXPECT_INT(report.cases[2].outcome, JUNIT_SKIPPED);
    EXPECT_STR(report.cases[2].message, "SKIP_RETURN_CODE=77");
}

/* As pytest writes it: suites within suites, texts, both streams. */
TEST(a_report_of_pytest_is_read) {
    REQUIRE(parse("<testsuites><testsuite name=\"pytest\"><testcase classname=\"tests.a\" "
                  "name=\"test_bad[a b]\" time=\"0.001\"><failure message=\"assert 0\">E assert "
                  "0\nline</failure><system-err>err</system-err></testcase><testcase name=\"b\">"
                  "<error message=\"failed on setup\">x</error></testcase></testsuite>"
                  "</testsuites>") == 0);
    REQUIRE(report.len == 2);
    EXPECT_STR(report.cases[0].message, "assert 0");
    EXPECT_STR(report.cases[0].text, "E assert 0\nline");
    EXPECT_STR(report.cases[0].err, "err");
    EXPECT_INT(report.cases[1].outcome, JUNIT_ERROR);
    EXPECT_STR(report.cases[1].classname, "");
}

TEST(of_several_outcomes_the_worst_counts) {
    REQUIRE(parse("<t><testcase name=\"a\"><failure message=\"f\"/><skipped message=\"s\"/><error "
                  "message=\"e\"/><failure message=\"g\"/></testcase></t>") == 0);
    EXPECT_INT(report.cases[0].outcome, JUNIT_ERROR);
    EXPECT_STR(report.cases[0].message, "e");
}

TEST(what_stands_deeper_is_none_of_a_case) {
    REQUIRE(
        parse("<t><testcase name=\"a\"><x><failure/><testcase name=\"b\"/></x></testcase></t>") ==
        0);
    EXPECT_INT(report.len, 1);
    EXPECT_INT(report.cases[0].outcome, JUNIT_PASS);
}

TEST(a_document_that_declares_entities_is_refused_before_they_mean_anything) {
    EXPECT_INT(parse("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"
                     "<t><testcase name=\"&b;\"/></t>"),
               ERR_FORMAT);
    EXPECT_HAS(err_text(), "entities");
    EXPECT_INT(parse("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><t/>"), ERR_FORMAT);
}

TEST(what_is_no_xml_names_its_line) {
    static const char *const texts[] = {
        "", "<t>", "<t>\n<testcase name=\"a\"</t>", "<t>\xff</t>", "<t>&nosuch;</t>", "<t/><t/>"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        EXPECT_INT(parse(texts[i]), ERR_FORMAT);
        EXPECT_HAS(err_text(), "line ");
    }
}

TEST(depth_and_length_have_limits) {
    struct buf text;
    buf_init(&text, 64 << 20);
    for (int i = 0; i < JUNIT_DEPTH_MAX + 1; i++)
        buf_puts(&text, "<a>");
    EXPECT_INT(parse(text.data), ERR_LIMIT);
    buf_reset(&text);
    buf_puts(&text, "<t><testcase name=\"a\"><system-out>");
    for (int i = 0; i <= JUNIT_TEXT_MAX / 16; i++)
        buf_puts(&text, "0123456789abcdef");
    buf_puts(&text, "</system-out></testcase></t>");
    EXPECT_INT(parse(text.data), ERR_LIMIT);
    buf_done(&text);
}
