/** The style of the HTML reports: light, dark and on paper, with installed fonts; colour never carries meaning alone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2024; --faint: #5b646d; --line: #d8dde2; --code: #f5f7f9;
  --good: #14683a; --bad: #b3261e; --doubtful: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --ink: #e4e7ea; --faint: #a0a8b0; --line: #363c42; --code: #1f2429;
    --good: #6fcf97; --bad: #ff8a80; --doubtful: #e8b84a;
  }
}
* { box-sizing: border-box; }
body { max-width: 70rem; margin: 0 auto; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.3rem; }
h3 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { margin: .4rem 0; }
a { color: inherit; }
code, pre { font: .875rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { margin: .75rem 0; padding: .75rem; overflow-x: auto; background: var(--code); border: 1px solid var(--line); }
code { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--faint); font-weight: 600; }
td:nth-child(1), td:nth-child(2) { white-space: nowrap; }
.count { text-align: right; white-space: nowrap; }
.faint, dt { color: var(--faint); }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
.doubtful { color: var(--doubtful); }
.conclusion { font-weight: 600; }
article { margin: 1.5rem 0; padding-left: 1rem; border-left: 3px solid var(--line); }
article:target, article.bad-edge { border-left-color: var(--bad); }
article h4 { margin: 0 0 .5rem; font-size: 1rem; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dd { margin: 0; min-width: 0; }
ul { margin: .4rem 0; padding-left: 1.25rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print {
  :root { --paper: #fff; --ink: #000; --faint: #444; --line: #bbb; --code: #fff;
    --good: #14683a; --bad: #b3261e; --doubtful: #6b4600; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  h2, h3, h4 { break-after: avoid; }
  tr, dl { break-inside: avoid; }
}
`;
