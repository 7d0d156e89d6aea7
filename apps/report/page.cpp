#include "apps/report/page.h"

#include <fmt/core.h>

#include "apps/report/chart.h"

namespace hone {
namespace {

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1d2733;--soft:#5b6673;--line:#d9dee4;--card:#f5f7f9;--one:#1f66d1;--two:#c2570c;
--good:31,102,209;--bad:194,87,12}
@media(prefers-color-scheme:dark){:root{--paper:#12171d;--ink:#e4e9ee;--soft:#9aa6b2;--line:#2e3843;--card:#1a2129;--one:#6aa5ff;
--two:#ff9d5c;--good:106,165,255;--bad:255,157,92}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.2rem 1rem 3rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.5rem;line-height:1.2;margin:.2rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}h3{font-size:1rem;margin:1.2rem 0 .4rem}
p{margin:.3rem 0}.soft{color:var(--soft)}a{color:var(--one)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;margin:1.2rem 0}
.tile{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}.tile b{display:block;font-size:1.35rem;line-height:1.3}
.tile span{color:var(--soft);font-size:.85rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:1rem}
figure{margin:0;background:var(--card);border-radius:.5rem;padding:.6rem .6rem .2rem;min-width:0}
figcaption{font-size:.9rem}svg{width:100%;height:auto;display:block}
.grid{stroke:var(--line);fill:none}.tick{fill:var(--soft);font-size:11px}.diagonal{stroke:var(--soft);stroke-dasharray:4 4;fill:none}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.line.raw{stroke:var(--one);opacity:.3;stroke-width:1}
.line.one{stroke:var(--one)}.line.two{stroke:var(--two);stroke-dasharray:6 3}.line.points,.line.none{stroke:none}
.dot.one,.dot.points{fill:var(--one)}.dot.two{fill:var(--two)}
.key{font-size:.8rem;color:var(--soft);white-space:nowrap;margin-left:.6rem}
.key::before{content:"";display:inline-block;width:.9rem;height:0;border-top:2px solid;margin-right:.3rem;vertical-align:middle}
.key.raw::before{border-color:var(--one);opacity:.4}.key.one::before{border-color:var(--one)}
.key.points::before{border-top:.5rem solid var(--one);border-radius:1rem;width:.5rem}
.key.two::before{border-color:var(--two);border-top-style:dashed}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:.28rem .7rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}
th{color:var(--soft);font-weight:600}th:first-child,td:first-child{text-align:left;padding-left:0}
table.list td{text-align:left;white-space:normal;overflow-wrap:anywhere}table.list td:first-child{color:var(--soft);white-space:nowrap}
td.cell{text-align:center;min-width:5rem}td.cell small{display:block;color:var(--soft)}
ol.texts{padding-left:1.4rem}ol.texts li{margin:.55rem 0;overflow-wrap:anywhere}ol.texts small{color:var(--soft);display:block}
.columns{display:flex;flex-wrap:wrap;gap:1.2rem 2.5rem;align-items:flex-start}
)";

std::string cells(const char* tag, const std::vector<std::string>& texts) {
  std::string row = "<tr>";
  for (const std::string& text : texts) row += fmt::format("<{}>{}</{}>", tag, text, tag);
  return row + "</tr>\n";
}

}  // namespace

std::string html_page(const std::string& title, const std::string& subtitle, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n<body>\n<header><h1>{}</h1><p class=\"soft\">{}</p></header>\n{}</body>\n</html>\n",
      html_text(title), kStyle, html_text(title), html_text(subtitle), body);
}

std::string html_section(const std::string& heading, const std::string& body) {
  if (body.empty()) return "";
  return fmt::format("<section><h2>{}</h2>\n{}</section>\n", html_text(heading), body);
}

std::string html_list(const NamedValues& values) {
  std::string rows;
  for (const auto& [name, value] : values) {
    rows += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", html_text(name), html_text(value));
  }
  return rows.empty() ? "" : "<div class=\"wide\"><table class=\"list\">\n" + rows + "</table></div>\n";
}

std::string html_table(const std::vector<std::string>& head,
                       const std::vector<std::vector<std::string>>& rows) {
  std::string table = "<div class=\"wide\"><table>\n" + cells("th", head);
  for (const auto& row : rows) table += cells("td", row);
  return table + "</table></div>\n";
}

}  // namespace hone
