/* SPDX-License-Identifier: Apache-2.0 */
/* The same deletion in the ways that a search for words does not find. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"plain", "rm -rf {victim}", false},
    {"two-blanks", "rm  -rf  {victim}", false},
    {"tab", "rm\t-rf\t{victim}", false},
    {"apart", "rm -r -f {victim}", false},
    {"long-options", "rm --recursive --force {victim}", false},
    {"backslash", "r\\m -r\"\"f {victim}", false},
    {"quotes", "'r'm '-r'\"f\" {victim}", false},
    {"field-separator", "rm${IFS}-rf${IFS}{victim}", false},
    {"base64", "echo cm0gLXJmIHRlc3RzL3ZpY3RpbQ== | base64 -d | sh", false},
    {"hexadecimal", "$'\\x72\\x6d' -rf {victim}", false},
    {"octal", "$(printf '\\162\\155') -rf {victim}", false},
    {"eval", "eval \"$(printf 'rm -rf %s' {victim})\"", false},
    {"variable", "X=rm; $X -rf {victim}", false},
    {"braces", "{rm,-rf,{victim}}", false},
    {"pattern", "rm -rf t*/v*", false},
    {"reversed", "echo mitciv/stset fr- mr | rev | sh", false},
    {"absolute", "/bin/rm -rf {victim}", false},
    {"new-line", "true\nrm -rf {victim}", false},
    {"behind-and", "true && rm -rf {victim}", false},
    {"background", "rm -rf {victim} & wait", false},
    {"group", "( rm -rf {victim} )", false},
    {"condition", "if true; then rm -rf {victim}; fi", false},
    {"function", "f() { rm -rf {victim}; }; f", false},
    {"array", "a=(rm -rf {victim}); \"${a[@]}\"", false},
    {"indirect", "x=y; y=rm; ${!x} -rf {victim}", false},
    {"here-document", "sh <<E\nrm -rf {victim}\nE", false},
    {"here-string", "bash <<<'rm -rf {victim}'", false},
    {"fifty-commands",
     "true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;"
     "true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;true;"
     "true;true;true;true;true;true;true;true;true;true;true;true;true;true;rm -rf {victim}", false},
    {"alias", "shopt -s expand_aliases; alias q='rm -rf'\nq {victim}", false},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_spelling = {"spelling", rows};
