namespace MLNetVision.Imaging.Rendering;

/// <summary>The parts of the report's HTML that are the same for all pictures.</summary>
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
        opacity.oninput = () => document.documentElement.style.setProperty("--opacity", opacity.value);
        </script></body></html>

        """;

    /// <param name="title">The heading, encoded already.</param>
    /// <param name="opacity">The first opacity.</param>
    public static string Head(string title, double opacity) => $$"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{title}}</title><style>
        :root { --opacity: {{opacity:0.##}}; } body { font: 15px system-ui, sans-serif; margin: 0 1.5em 3em; color: #222; background: #fff; }
        nav { position: sticky; top: 0; z-index: 1; background: #fff; padding: .6em 0; border-bottom: 1px solid #ccc; }
        nav label { display: inline-block; margin-right: 1em; white-space: nowrap; } nav i { display: inline-block; width: .9em; height: .9em; margin: 0 .3em; vertical-align: -1px; }
        .row { display: flex; flex-wrap: wrap; gap: 1.5em; align-items: flex-start; } .stack { position: relative; } .stack img { display: block; max-width: 100%; }
        .stack .layer { position: absolute; left: 0; top: 0; width: 100%; height: 100%; opacity: var(--opacity); } .layer.off, tr.off { display: none; }
        table { border-collapse: collapse; } td, th { padding: .15em .7em; text-align: right; border-bottom: 1px solid #ddd; } td:nth-child(2), th:nth-child(2) { text-align: left; }
        </style></head><body><h1>{{title}}</h1>
        <nav><button onclick="all(true)">all</button> <button onclick="all(false)">none</button>
        <label>opacity <input id="opacity" type="range" min="0" max="1" step="0.05" value="{{opacity:0.##}}"></label><span id="switches"></span></nav>

        """;
}
