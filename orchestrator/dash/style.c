/* SPDX-License-Identifier: Apache-2.0 */
/* The style sheet: light and dark, no image, no script, no font from elsewhere. */
#include "orchestrator/dash/html.h"

/* -ink is text on the soft colour of the same name. */
#define LIGHT                                                                                 \
    "--bg:#f7f7f8;--card:#fff;--ink:#1b1f24;--soft:#66707b;--line:#e3e6ea;--head:#f3f4f6;"    \
    "--link:#2458b8;--pass:#2f9e5c;--pass-soft:#e8f6ed;--pass-ink:#1b6b3b;--fail:#d53f3f;"    \
    "--fail-soft:#fdebea;--fail-ink:#a82424;--na:#b3bac2;--na-soft:#eef0f3;--na-ink:#5a646e;" \
    "--warn:#d0900f;--warn-soft:#fcf3de;--warn-ink:#84590a;--none:#e3e6ea;"
#define DARK                                                                                  \
    "--bg:#121519;--card:#191d22;--ink:#e3e7ec;--soft:#919ca7;--line:#2a3037;--head:#1e2329;" \
    "--link:#82b1ff;--pass:#3fb871;--pass-soft:#163023;--pass-ink:#79d9a1;--fail:#ec655f;"    \
    "--fail-soft:#3a1c1d;--fail-ink:#ff9d97;--na:#5b646e;--na-soft:#242a31;--na-ink:#a3adb7;" \
    "--warn:#dca43a;--warn-soft:#362a12;--warn-ink:#f0c470;--none:#2a3037;"

#define PAGE                                                                                     \
    "*{box-sizing:border-box}\n"                                                                 \
    "body{overflow-wrap:break-word}\n"                                                           \
    "html{-webkit-text-size-adjust:100%}\n"                                                      \
    "body{margin:0;background:var(--bg);color:var(--ink);"                                       \
    "font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"                      \
    "header,main,footer{max-width:1168px;margin:0 auto;padding:0 24px}\n"                        \
    "header{padding-top:18px;color:var(--soft);font-size:13px}\n"                                \
    "footer{padding-top:28px;padding-bottom:36px;color:var(--soft);font-size:12.5px}\n"          \
    ".brand{font-weight:650;color:var(--ink)}\n"                                                 \
    "h1{font-size:24px;line-height:1.25;margin:8px 0 16px;letter-spacing:-.012em;"               \
    "font-weight:650;overflow-wrap:anywhere}\n"                                                  \
    "h2{font-size:15.5px;margin:32px 0 10px;font-weight:650}\n"                                  \
    "h3{font-size:13.5px;margin:14px 0 6px;font-weight:600}\n"                                   \
    "h2 .soft{font-weight:400;margin-left:4px}\n"                                                \
    "p{margin:6px 0}\n"                                                                          \
    "a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}\n"              \
    ".gap{color:var(--na)}.soft{color:var(--soft)}b.bad,span.bad{color:var(--fail-ink)}\n"       \
    ".nowrap{white-space:nowrap}.pager{display:flex;justify-content:space-between;margin-top:"   \
    "18px}\n"                                                                                    \
    "code,pre{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',monospace}\n" \
    "code{overflow-wrap:anywhere}\n"                                                             \
    "pre{background:var(--na-soft);border-radius:8px;padding:10px 14px;overflow-x:auto;"         \
    "margin:4px 0 8px;font-size:12px}\n"                                                         \
    ".command{display:block;background:var(--na-soft);border-radius:6px;padding:4px 10px;"       \
    "user-select:all}\n"

#define PIECES                                                                                   \
    ".banner{border-radius:10px;padding:14px 20px;margin:0 0 14px;border:1px solid;"             \
    "border-left-width:6px}\n"                                                                   \
    ".banner strong{font-size:19px;font-weight:650;letter-spacing:-.005em}\n"                    \
    ".banner p{margin:3px 0 0}.banner p:empty{display:none}\n"                                   \
    ".banner.ok{background:var(--pass-soft);border-color:var(--pass)}\n"                         \
    ".banner.bad{background:var(--fail-soft);border-color:var(--fail)}\n"                        \
    ".banner.warn{background:var(--warn-soft);border-color:var(--warn)}\n"                       \
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(168px,1fr));gap:10px;"     \
    "margin:0 0 14px}\n"                                                                         \
    ".card{background:var(--card);border:1px solid var(--line);border-radius:10px;"              \
    "padding:11px 15px}\n"                                                                       \
    ".card b{display:block;font-size:22px;line-height:1.25;font-weight:650;"                     \
    "font-variant-numeric:tabular-nums}\n"                                                       \
    ".card span{display:block}.card small{display:block;color:var(--soft);font-size:12px}\n"     \
    ".tag{display:inline-block;border-radius:5px;padding:0 7px;font-size:12px;line-height:20px;" \
    "font-weight:550;white-space:nowrap;background:var(--na-soft);color:var(--na-ink)}\n"        \
    ".tag.ok{background:var(--pass-soft);color:var(--pass-ink)}\n"                               \
    ".tag.bad{background:var(--fail-soft);color:var(--fail-ink)}\n"                              \
    ".tag.warn{background:var(--warn-soft);color:var(--warn-ink)}\n"                             \
    ".counts{display:flex;flex-wrap:wrap;gap:4px 16px;margin:0 0 10px}\n"                        \
    ".counts b{font-variant-numeric:tabular-nums}\n"                                             \
    ".facts{background:var(--card);border:1px solid var(--line);border-radius:10px;"             \
    "padding:12px 16px;margin:0 0 14px}\n"                                                       \
    "dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 16px;margin:0}\n"   \
    "dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"

#define TABLES                                                                                     \
    ".scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;"                     \
    "background:var(--card)}\n"                                                                    \
    "table{border-collapse:collapse;width:100%;font-size:13.5px}\n"                                \
    "th,td{padding:6px 12px;text-align:left;border-top:1px solid var(--line);"                     \
    "vertical-align:top}\n"                                                                        \
    "thead th{border-top:0;color:var(--soft);font-weight:500;font-size:12.5px;"                    \
    "background:var(--head);white-space:nowrap}\n"                                                 \
    "tbody th{font-weight:600}tr.suite th{background:var(--head)}\n"                               \
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"           \
    "td.name{min-width:220px;overflow-wrap:anywhere}\n"                                            \
    "td small{display:block;color:var(--soft);font-size:12.5px;overflow-wrap:anywhere}\n"          \
    "td.chips{min-width:120px}\n"                                                                  \
    "tr.now td:first-child{box-shadow:inset 3px 0 var(--link)}\n"                                  \
    ".cells td.ok,.cells td.bad,.cells td.warn,.cells td.none{box-shadow:inset 3px 0 var(--na)}\n" \
    ".cells td{vertical-align:middle}\n"                                                           \
    ".cells td.ok{box-shadow:inset 3px 0 var(--pass)}\n"                                           \
    ".cells td.bad{box-shadow:inset 3px 0 var(--fail)}\n"                                          \
    ".cells td.warn{box-shadow:inset 3px 0 var(--warn)}\n"                                         \
    ".grid th,.grid td{padding:7px 12px;border-left:1px solid var(--line)}\n"                      \
    ".grid th:first-child{border-left:0}\n"                                                        \
    ".grid td{vertical-align:middle}.grid tbody th,td.nowrap{max-width:240px}\n"                   \
    ".grid tbody th{min-width:80px;overflow-wrap:anywhere}\n"                                      \
    "td.nowrap{overflow:hidden;text-overflow:ellipsis}\n"                                          \
    ".grid td,.grid td a{font-variant-numeric:tabular-nums}\n"                                     \
    ".grid td a{color:inherit}\n"                                                                  \
    ".grid td a,.grid .sum{display:grid;grid-template-columns:minmax(70px,1fr) "                   \
    "auto;align-items:center;"                                                                     \
    "column-gap:8px}\n"                                                                            \
    ".grid b,.grid small{grid-column:1}\n"                                                         \
    ".grid td svg{grid-column:2;grid-row:1/3}\n"                                                   \
    ".grid td a:hover{text-decoration:none}.grid td a:hover b{text-decoration:underline}\n"        \
    ".grid small{white-space:nowrap}.grid i{font-style:normal;color:var(--fail-ink);"              \
    "font-weight:600}\n"                                                                           \
    ".grid td.ok{background:linear-gradient(var(--pass),var(--pass)) 0 0/3px 100% no-repeat}\n"    \
    ".grid td.bad,.history td.bad{background:var(--fail-soft)}\n"                                  \
    ".grid td.warn,.history td.warn{background:var(--warn-soft)}\n"                                \
    ".grid td.bad{background:linear-gradient(var(--fail),var(--fail)) 0 0/3px 100% no-repeat "     \
    "var(--fail-soft)}\n"                                                                          \
    ".grid td.warn{background:linear-gradient(var(--warn),var(--warn)) 0 0/3px 100% no-repeat "    \
    "var(--warn-soft)}\n"                                                                          \
    ".grid td.none,.history td.none{color:var(--na)}\n"                                            \
    ".grid.squares th,.grid.squares td{padding:3px 1px;text-align:center;font-size:12px}\n"        \
    ".grid.squares tbody th,.grid.squares tr:first-child th:first-child{padding-left:12px;"        \
    "text-align:left}\n"                                                                           \
    ".grid.squares tbody th{vertical-align:middle;font-size:13.5px}\n"                             \
    ".squares thead th{white-space:normal;overflow-wrap:anywhere;vertical-align:bottom}\n"         \
    ".grid.squares thead tr+tr th{writing-mode:vertical-rl;white-space:nowrap;padding:6px 0 4px;"  \
    "line-height:1;text-align:right;border-left:0}\n"                                              \
    ".grid.squares td{border-left:0;background:none;min-width:16px}\n"                             \
    ".grid.squares td a{display:block;border-radius:3px;line-height:18px;font-size:10.5px;"        \
    "font-weight:600}\n"                                                                           \
    ".grid.squares td:last-child,.grid.squares tr:first-child th:last-child{padding:3px 12px;"     \
    "text-align:left;min-width:150px;white-space:nowrap;border-left:1px solid var(--line)}\n"      \
    ".squares td.ok a{background:var(--pass)}.squares td.bad "                                     \
    "a{background:var(--fail);color:#fff}\n"                                                       \
    ".squares td.warn a{background:var(--warn);color:#fff}\n"                                      \
    ".squares td.none a{background:var(--none);color:var(--soft)}\n"                               \
    ".squares .sum{display:flex;gap:8px}.squares .sum svg{margin-left:auto}\n"                     \
    ".squares .sum b,.squares .sum small{font-size:12.5px}\n"                                      \
    ".history td{font-variant-numeric:tabular-nums}.history small{display:inline}\n"

#define LISTS                                                                                     \
    ".list{border:1px solid var(--line);border-radius:10px;background:var(--card);"               \
    "overflow:hidden}\n"                                                                          \
    "details+details{border-top:1px solid var(--line)}\n"                                         \
    "summary{cursor:pointer;display:flex;gap:10px;align-items:baseline;padding:5px 14px;"         \
    "list-style:none}\n"                                                                          \
    "summary::-webkit-details-marker{display:none}\n"                                             \
    "summary::before{content:'';flex:none;align-self:flex-start;margin-top:8px;width:5px;height:" \
    "5px;"                                                                                        \
    "border:solid var(--na);border-width:0 1.5px 1.5px 0;transform:rotate(-45deg)}\n"             \
    "details[open]>summary::before{transform:rotate(45deg)}\n"                                    \
    "summary:hover{background:var(--head)}\n"                                                     \
    "summary .tag{flex:none;min-width:62px;text-align:center}\n"                                  \
    "summary .name{flex:1;min-width:0;overflow-wrap:anywhere}\n"                                  \
    "summary small{display:block;color:var(--soft);font-size:12.5px}\n"                           \
    "summary .n{color:var(--soft);font-size:12.5px;font-variant-numeric:tabular-nums;"            \
    "white-space:nowrap}\n"                                                                       \
    "summary .time{min-width:58px;text-align:right}\n"                                            \
    "summary svg{align-self:flex-start;flex:none;margin-top:5px}\n"                               \
    "details>dl,details>p,details>pre{margin:8px 14px 10px 29px}\n"                               \
    "details>dl{scroll-margin-top:64px;font-size:13.5px}details>p{margin-bottom:0}\n"             \
    "details>pre{margin-top:4px}\n"

#define PICTURES                                                                           \
    "svg{display:inline-block;vertical-align:middle}\n"                                    \
    "svg .pass{fill:var(--pass)}svg .fail{fill:var(--fail)}svg .na{fill:var(--na)}\n"      \
    "svg .warn{fill:var(--warn)}svg .none{fill:var(--none)}\n"                             \
    "svg .line{fill:none;stroke:var(--link);stroke-width:1.5;stroke-linejoin:round}\n"     \
    "svg .mark{stroke:var(--na);stroke-dasharray:2 3}\n"                                   \
    "svg .dim{stroke:var(--na);stroke-dasharray:4 3}\n"                                    \
    "svg .dot{fill:var(--link)}svg .base{stroke:var(--line);stroke-width:1}\n"             \
    "svg .hit{fill:transparent}svg .hit:hover{fill:var(--na);fill-opacity:.18}\n"          \
    "svg text{fill:var(--soft);font:11px system-ui,sans-serif}\n"                          \
    ".shares{border-radius:4px}.trend{display:block;width:100%;min-width:640px}\n"         \
    ".legend{color:var(--soft);font-size:12.5px}\n"                                        \
    ".key{display:inline-block;width:18px;height:0;border-top:2px solid var(--link);"      \
    "vertical-align:middle;margin:0 4px 0 10px}.key:first-child{margin-left:0}\n"          \
    ".key.dim{border-top:2px dashed var(--na)}\n"                                          \
    ".key.green{width:9px;height:9px;border:0;background:var(--pass);border-radius:1px}\n" \
    ".key.red{width:9px;height:9px;border:0;background:var(--fail);border-radius:1px}\n"   \
    ".key.amber{width:9px;height:9px;border:0;background:var(--warn);border-radius:1px}\n" \
    ".key.grey{width:9px;height:9px;border:0;background:var(--na);border-radius:1px}\n"

#define NARROW                                                                                    \
    "@media(max-width:640px){header,main,footer{padding-left:14px;padding-right:14px}\n"          \
    "h1{font-size:20px}.banner{padding:12px 14px}.banner strong{font-size:17px}\n"                \
    ".cards{grid-template-columns:repeat(2,minmax(0,1fr))}.card:nth-child(5){grid-column:1/-1}\n" \
    "summary{flex-wrap:wrap;gap:2px 8px;padding:6px 10px}\n"                                      \
    "summary .name{flex-basis:calc(100% - 100px)}summary .n{display:none}\n"                      \
    "dl{grid-template-columns:minmax(0,1fr);gap:0}dt{font-size:12px;margin-top:5px}\n"            \
    "details>dl,details>p,details>pre{margin-left:10px;margin-right:10px}\n"                      \
    ".grid tr:first-child th:first-child,.grid tbody th{position:sticky;left:0;"                  \
    "background:var(--card)}.grid thead tr:first-child th:first-child{background:var(--head)}\n"  \
    "th,td,.grid th,.grid td{padding:6px 9px}}\n"                                                 \
    "@media print{body{background:#fff}.list,.scroll{break-inside:avoid}}\n"

/* In pieces: C11 promises no literal longer than 4095 bytes. */
const char *const html_style[] = {
    ":root{" LIGHT "color-scheme:light dark}\n",
    "@media(prefers-color-scheme:dark){:root{" DARK "}}\n",
    PAGE,
    PIECES,
    TABLES,
    LISTS,
    PICTURES,
    NARROW,
    NULL,
};
