import { Html } from './html.ts';

/**
 * @pure The one style sheet of a report: system fonts, light and dark, print. Colours of pools are Okabe and Ito's (2008, safe for
 * colour blindness) with a brown for soil; the ramp of the map is viridis (matplotlib, CC0) without its darkest end.
 */
export const STYLE = new Html(`
:root{color-scheme:light dark;--bg:#fff;--panel:#f5f7f6;--ink:#17211c;--soft:#4d5a53;--line:#d5dcd8;--accent:#0f6b4d;--warn:#8a4b00;--warnbg:#fff4e2;
--above:#009e73;--below:#0072b2;--dead:#e69f00;--soil:#7a5230;--one:#2f7d62;--two:#9ccbb8;--neg:#b4552d;--none:#e4e9e6;
--r0:#fde725;--r1:#90d743;--r2:#35b779;--r3:#21918c;--r4:#31688e;--r5:#443983}
@media (prefers-color-scheme:dark){:root{--bg:#111613;--panel:#19201c;--ink:#e7ece9;--soft:#a9b5ae;--line:#323c36;--accent:#74cba9;--warn:#ffc37a;--warnbg:#2e2413;
--below:#56a8e0;--soil:#b98a5e;--one:#58b592;--two:#2c5a49;--neg:#e58a63;--none:#2a322d;
--r0:#443983;--r1:#31688e;--r2:#21918c;--r3:#35b779;--r4:#90d743;--r5:#fde725}}
*{box-sizing:border-box}
html{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC",sans-serif;background:var(--bg);color:var(--ink);-webkit-text-size-adjust:100%;scroll-behavior:auto}
body{margin:0 auto;max-width:1120px;padding:0 20px 48px;overflow-wrap:anywhere}
html[lang|=en] .zh,html[lang|=zh] .en{display:none}
h1{font-size:1.75rem;line-height:1.2;margin:0;letter-spacing:-.01em;font-weight:650}
h2{font-size:1.2rem;line-height:1.3;margin:0 0 6px;font-weight:650}
h3{font-size:.95rem;margin:18px 0 4px;font-weight:650}
p{margin:0 0 8px;max-width:78ch}
section{border-top:1px solid var(--line);padding:22px 0 6px;margin-top:22px;break-inside:auto}
.soft,caption,figcaption.soft{color:var(--soft)}
.small{font-size:.85rem}
code{font:.85em ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono CJK SC",monospace;overflow-wrap:anywhere}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:8px;background:var(--bg);padding:6px 10px;z-index:2}
header{padding-top:24px}
.top{display:flex;flex-wrap:wrap;gap:10px 20px;justify-content:space-between;align-items:flex-start}
.top>div:first-child{flex:1 1 20rem;min-width:0}
.switch{display:flex;border:1px solid var(--line);border-radius:6px;overflow:hidden}
.switch[hidden]{display:none}
.switch button{font:inherit;font-size:.85rem;border:0;background:transparent;color:var(--ink);padding:4px 12px;cursor:pointer}
.switch button[aria-pressed=true]{background:var(--accent);color:var(--bg)}
.badge{display:inline-block;border:1px solid currentColor;border-radius:4px;padding:0 8px;font-size:.8rem;font-weight:600;color:var(--accent)}
.badge.partial{color:var(--warn)}
.meta{display:flex;flex-wrap:wrap;gap:4px 14px;margin:8px 0 0;font-size:.85rem;color:var(--soft)}
.alert{background:var(--warnbg);border-left:3px solid var(--warn);padding:8px 12px;margin:14px 0 0;max-width:none}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;margin:14px 0 0;padding:0;font-size:.85rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:12px;margin:8px 0 12px}
.card{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 16px;break-inside:avoid}
.card h3{margin:0;font-size:.9rem;color:var(--soft);font-weight:600}
.figure{font-size:1.9rem;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.figure .unit{font-size:.95rem;font-weight:500;letter-spacing:0;color:var(--soft)}
.card p{margin:2px 0;font-size:.85rem}
.strip{display:block;width:100%;height:14px;margin:8px 0 4px;overflow:visible}
.strip .axis{stroke:var(--line)}.strip .range{stroke:var(--two);stroke-width:8}.strip .zero{stroke:var(--soft);stroke-dasharray:2 2}.strip .value{stroke:var(--one);stroke-width:3}
.scroll{overflow-x:auto;margin:6px 0 10px}
table{border-collapse:collapse;width:100%;font-size:.85rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:start;padding:0 0 4px;font-size:.85rem}
th,td{padding:4px 8px;text-align:end;vertical-align:middle;border-bottom:1px solid var(--line)}
thead th,thead td{color:var(--soft);font-weight:600;vertical-align:bottom;border-bottom-color:var(--soft)}
td{white-space:nowrap}td.text,td.chart{white-space:normal}
th[scope=row],.start{text-align:start}
th .unit{font-weight:400;white-space:nowrap}
th[scope=row]{font-weight:500;min-width:8rem;max-width:20rem;overflow-wrap:anywhere;position:sticky;left:0;background:var(--bg)}
tfoot th,tfoot td{font-weight:650;border-bottom:0}
td.text{text-align:start;overflow-wrap:anywhere}td.source{min-width:18rem}th[scope=col]{min-width:4.5rem}
td.chart{min-width:7rem;width:22%}
td.chart.thin{min-width:4.5rem;width:12%}
tr{break-inside:avoid}
thead{display:table-header-group}
.bar{display:block;width:100%;height:12px}
.bar .axis{stroke:var(--soft)}
.columns .f-two,.legend .f-two{stroke:var(--one);stroke-width:1}.f-one{fill:var(--one)}.f-two{fill:var(--two)}.f-neg{fill:var(--neg)}.f-above{fill:var(--above)}.f-below{fill:var(--below)}.f-dead{fill:var(--dead)}.f-soil{fill:var(--soil)}
.r0{fill:var(--r0)}.r1{fill:var(--r1)}.r2{fill:var(--r2)}.r3{fill:var(--r3)}.r4{fill:var(--r4)}.r5{fill:var(--r5)}.rnone{fill:url(#hatch)}
.hatch rect{fill:var(--none)}.hatch path{stroke:var(--soft);stroke-width:1.5}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:6px 0;padding:0;font-size:.85rem}
.legend svg{width:14px;height:14px;vertical-align:-2px;margin-inline-end:6px;stroke:var(--line)}
figure{margin:8px 0;break-inside:avoid}
figcaption{font-size:.9rem;max-width:78ch;margin-bottom:4px}
fieldset{border:0;margin:4px 0 8px;padding:0;display:flex;flex-wrap:wrap;gap:4px 16px;font-size:.9rem}
legend{float:inline-start;padding:0;font-weight:600;margin-inline-end:4px}
label{cursor:pointer}
input[type=radio]{accent-color:var(--accent);margin:0 5px 0 0;vertical-align:-1px}
.map{display:block;width:100%;max-height:640px;background:var(--panel);border:1px solid var(--line);border-radius:8px}
.map use{stroke:var(--bg);stroke-width:1.5;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.map text{font-size:20px;fill:var(--ink);text-anchor:middle;paint-order:stroke;stroke:var(--bg);stroke-width:5px;stroke-linejoin:round}
.map .scale text{font-size:18px;text-anchor:start;stroke:var(--panel)}.map .scale path{stroke:var(--ink);stroke-width:2;fill:none}
.measure{display:none}#map:has(#m0:checked) .m0,#map:has(#m1:checked) .m1,#map:has(#m2:checked) .m2,#map:has(#m3:checked) .m3{display:inline}#map:has(#m0:checked) ul.m0,#map:has(#m1:checked) ul.m1,#map:has(#m2:checked) ul.m2,#map:has(#m3:checked) ul.m3{display:flex}
.columns{display:block;width:100%;max-width:720px;height:auto}
.columns text{font-size:13px;fill:var(--ink);text-anchor:middle}.columns .tick{fill:var(--soft);text-anchor:end}.columns line{stroke:var(--line)}.columns .base{stroke:var(--soft)}
details{margin:6px 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem;padding:2px 0}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) minmax(0,1fr);gap:3px 16px;margin:6px 0;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0}
ul.plain{margin:4px 0;padding-inline-start:1.2rem;font-size:.9rem}ul.plain li{margin:2px 0;max-width:100ch}
.quicklook{display:block;max-width:100%;max-height:720px;width:auto;height:auto;background:#fff;border:1px solid var(--line);border-radius:8px;padding:8px;image-rendering:pixelated}
.ramp{max-width:420px;margin:6px 0 10px;font-size:.85rem}.ramp svg{display:block;width:100%;height:12px;border-radius:3px}.ends{margin-top:2px}.ends .en,.ends .zh{display:flex;justify-content:space-between}
@media (max-width:600px){.map .roomy{display:none}body{padding:0 14px 32px}h1{font-size:1.45rem}.figure{font-size:1.6rem}.map text{font-size:30px;stroke-width:7px}.map .scale text{font-size:28px}.columns text{font-size:20px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:6px}th,td{padding:4px 6px}}
@media print{:root{color-scheme:light}html{font-size:10.5px}body{max-width:none;padding:0}.switch,.skip,nav,fieldset{display:none}section{margin-top:12px;padding-top:12px}.scroll{overflow:visible}table{font-size:.95em}td.chart{min-width:4rem}tfoot{display:table-row-group}th[scope=row]{position:static;background:none}td.source{min-width:20rem}details>summary{list-style:none;color:inherit}details::details-content{content-visibility:visible;display:block;height:auto}h2,h3,figcaption,caption{break-after:avoid}.map{max-height:110mm}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@page{margin:14mm}
`);
