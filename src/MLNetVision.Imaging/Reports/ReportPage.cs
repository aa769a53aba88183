using System.Globalization;

namespace MLNetVision.Imaging.Reports;

/// <summary>The parts of the report's HTML that do not depend on what it shows.</summary>
internal static class ReportPage
{
    /// <summary>Collects the classes of all layers into switches when the page is read.</summary>
    public const string Tail = """
        <script>
        const layers = [...document.querySelectorAll(".layer")], rows = [...document.querySelectorAll("tr[data-class]")];
        const colours = new Map(layers.map(layer => [layer.dataset.class, layer.dataset.colour]));
        const switches = document.getElementById("switches"), opacity = document.getElementById("opacity");
        for (const name of [...colours.keys()].sort()) {
          const label = document.createElement("label"), box = document.createElement("input"), patch = document.createElement("i");
          box.type = "checkbox"; box.checked = true; patch.style.background = colours.get(name);
          box.onchange = () => show(name, box.checked);
          label.append(box, patch, name); switches.append(label);
        }
        function show(name, on) {
          for (const item of [...layers, ...rows]) if (item.dataset.class === name) item.classList.toggle("off", !on);
        }
        function all(on) { for (const box of switches.querySelectorAll("input")) if (box.checked !== on) box.click(); }
        document.querySelector("nav").hidden = layers.length === 0;
        opacity.oninput = () => document.documentElement.style.setProperty("--opacity", opacity.value);
        </script></body></html>

        """;

    /// <summary>A picture inside of the page.</summary>
    /// <param name="type">Its format: png or jpeg.</param>
    /// <param name="bytes">Its file.</param>
    /// <param name="attributes">The element's other attributes.</param>
    public static string Image(string type, ReadOnlySpan<byte> bytes, string attributes) =>
        $"<img {attributes} src=\"data:image/{type};base64,{Convert.ToBase64String(bytes)}\">";

    /// <param name="title">The heading, encoded already.</param>
    /// <param name="opacity">The first opacity.</param>
    public static string Head(string title, double opacity) => string.Create(CultureInfo.InvariantCulture, $$"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="generator" content="MLNetVision"><title>{{title}}</title><style>
        :root { color-scheme: light dark; --opacity: {{opacity:0.##}}; --ink: #222; --paper: #fff; --line: #ddd; --soft: #555; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --paper: #16181c; --line: #3a3e45; --soft: #a9adb3; } }
        body { font: 15px system-ui, sans-serif; margin: 0 1.5em 3em; color: var(--ink); background: var(--paper); }
        nav { position: sticky; top: 0; z-index: 1; background: var(--paper); padding: .6em 0; border-bottom: 1px solid var(--line); }
        nav label { display: inline-block; margin-right: 1em; white-space: nowrap; } nav i { display: inline-block; width: .9em; height: .9em; margin: 0 .3em; vertical-align: -1px; }
        .row { display: flex; flex-wrap: wrap; gap: 1.5em; align-items: flex-start; } .stack { position: relative; } .stack img { display: block; max-width: 100%; }
        .stack .layer { position: absolute; left: 0; top: 0; width: 100%; height: 100%; opacity: var(--opacity); } .layer.off, tr.off { display: none; }
        table { border-collapse: collapse; margin: .6em 0; } td, th { padding: .15em .7em; text-align: right; border-bottom: 1px solid var(--line); } td:first-child, th:first-child { text-align: left; }
        h2 { font-size: 1.1em; } img { max-width: 100%; } summary { cursor: pointer; } figcaption { color: var(--soft); font-size: .9em; }
        .drawing svg { max-width: 100%; height: auto; } .thumbs figure { margin: 0; width: 170px; } .thumbs figcaption { overflow-wrap: anywhere; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: .6em; max-width: 1100px; } .pair figure { margin: 0; } .pair .stack img { width: 100%; }
        </style></head><body><h1>{{title}}</h1>
        <nav><button onclick="all(true)">all</button> <button onclick="all(false)">none</button>
        <label>opacity <input id="opacity" type="range" min="0" max="1" step="0.05" value="{{opacity:0.##}}"></label><span id="switches"></span></nav>

        """);
}
