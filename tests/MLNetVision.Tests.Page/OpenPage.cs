using Microsoft.Playwright;

namespace MLNetVision.Tests.Page;

/// <summary>The page in a browser of its own, which notes what goes wrong in it.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private OpenPage(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    public IPage Page { get; }

    /// <summary>Errors and warnings of the browser: of scripts, and of what the page's policy forbids.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>The addresses that it asked for.</summary>
    public List<string> Requests { get; } = [];

    public ILocator Cards => Page.Locator(".card");

    public ILocator Segments => Page.Locator(".segments button");

    public static async Task<OpenPage> AtAsync(string url, int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light, float scale = 1)
    {
        IBrowserContext context = await Browsers.Chromium.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            DeviceScaleFactor = scale,
            AcceptDownloads = true,
        });
        context.SetDefaultTimeout(10_000);
        var opened = new OpenPage(context, await context.NewPageAsync());
        opened.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                opened.Complaints.Add(message.Text);
            }
        };
        opened.Page.PageError += (_, error) => opened.Complaints.Add(error);
        opened.Page.Request += (_, request) => opened.Requests.Add(request.Url);
        await opened.Page.GotoAsync(url);
        await Assertions.Expect(opened.Page.Locator("#classes")).ToBeVisibleAsync();
        return opened;
    }

    /// <summary>Chooses pictures and waits until each has an answer or a problem.</summary>
    public async Task ChooseAsync(params string[] files)
    {
        int before = await Cards.CountAsync();
        await Page.SetInputFilesAsync("#files", files);
        await AnsweredAsync(before + files.Length);
    }

    public async Task AnsweredAsync(int cards)
    {
        await Assertions.Expect(Cards).ToHaveCountAsync(cards);
        await Assertions.Expect(Page.Locator(".card.waiting")).ToHaveCountAsync(0);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
