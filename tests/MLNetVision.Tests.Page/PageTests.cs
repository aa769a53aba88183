using System.Text.Json;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using MLNetVision.Imaging.Pictures;
using MLNetVision.Imaging.Pictures.Decoding;
using MLNetVision.Imaging.Pictures.Resizing;
using MLNetVision.Imaging.Rendering;
using MLNetVision.Imaging.Segments;
using static Microsoft.Playwright.Assertions;

namespace MLNetVision.Tests.Page;

[TestClass]
public sealed class PageTests
{
    [TestMethod]
    public async Task Picture_Chosen_ShowsItsSegments()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Segments);
        await page.ChooseAsync(Browsers.Scene(1));
        JsonElement answer = await AskAsync(Browsers.Scene(1));
        string[] labels = [.. answer.GetProperty("segments").EnumerateArray().Select(segment => segment.GetProperty("label").GetString()!)];
        Assert.IsGreaterThan(1, labels.Length);
        await Expect(page.Page.Locator(".segments .label")).ToHaveTextAsync(labels);
        await Expect(page.Page.Locator("#status")).ToContainTextAsync($"0001.jpg: {labels.Length} segments");
        await Expect(page.Page.Locator(".original img")).ToBeVisibleAsync();
        Assert.IsEmpty(page.Complaints, string.Join('\n', page.Complaints));
        string[] elsewhere = [.. page.Requests.Where(url => !url.StartsWith(Browsers.Segments, StringComparison.Ordinal) && !url.StartsWith("blob:", StringComparison.Ordinal))];
        Assert.IsEmpty(elsewhere, string.Join('\n', elsewhere));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(27)]
    public async Task Segment_PointedAt_IsNamedWithScoreAndArea(int scale)
    {
        // 87 × 67 is drawn larger, 2349 × 1809 smaller.
        RgbImage scene = ImageDecoder.Decode(Browsers.Scene(1));
        scene = ImageResizer.Resize(scene, scene.Width * scale, scene.Height * scale, Resampling.Bilinear);
        string file = Path.Combine(Path.GetTempPath(), $"scene-{scale}-{Environment.ProcessId}.png");
        SegmentationOverlay.SavePng(file, scene, new SegmentationResult(scene.Height, scene.Width, []));
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Segments);
        await page.ChooseAsync(file);
        JsonElement answer = await AskAsync(file);
        File.Delete(file);
        JsonElement first = answer.GetProperty("segments")[0];
        double[] box = [.. first.GetProperty("box").EnumerateArray().Select(corner => corner.GetDouble())];
        LocatorBoundingBoxResult canvas = (await page.Page.Locator("canvas").BoundingBoxAsync())!;

        // The first segment of this scene is a wide stripe: the middle of its box is its own.
        float x = canvas.X + (float)((box[0] + box[2]) / 2 / answer.GetProperty("width").GetInt32() * canvas.Width);
        float y = canvas.Y + (float)((box[1] + box[3]) / 2 / answer.GetProperty("height").GetInt32() * canvas.Height);
        await page.Page.Mouse.MoveAsync(x, y);
        await Expect(page.Page.Locator(".name")).ToContainTextAsync($"{first.GetProperty("label").GetString()} · ");
        await Expect(page.Page.Locator(".name")).ToContainTextAsync($"{first.GetProperty("area").GetInt32():n0} px");
        await Expect(page.Segments.First).ToHaveClassAsync(new Regex("on"));
        await page.Page.Mouse.MoveAsync(1, 1);
        await Expect(page.Page.Locator(".name")).ToBeHiddenAsync();
    }

    [TestMethod]
    public async Task Threshold_Raised_LeavesSurerSegmentsAndAsksAgain()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Segments);
        await page.ChooseAsync(Browsers.Scene(1));
        int before = await page.Segments.CountAsync();
        IResponse asked = await page.Page.RunAndWaitForResponseAsync(() => page.Page.Locator(".threshold input").FillAsync("0.99"), response => response.Url.Contains("predict", StringComparison.Ordinal));
        Assert.Contains("score_threshold=0.99", asked.Url);
        await Expect(page.Page.Locator("#status")).ToContainTextAsync("from a score of 99%");
        Assert.IsLessThan(before, await page.Segments.CountAsync());
        await Expect(page.Page.Locator(".threshold output")).ToHaveTextAsync("99%");
    }

    [TestMethod]
    public async Task Class_Hidden_TakesItsSegmentsAway()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Segments);
        await page.ChooseAsync(Browsers.Scene(1));
        int before = await page.Segments.CountAsync();
        ILocator box = page.Page.Locator(".shown input").First;
        await box.UncheckAsync();
        Assert.IsLessThan(before, await page.Segments.CountAsync());
        await box.CheckAsync();
        await Expect(page.Segments).ToHaveCountAsync(before);
        await page.Page.Locator(".beside input").UncheckAsync();
        await Expect(page.Page.Locator(".original")).ToBeHiddenAsync();
    }

    [TestMethod]
    public async Task Downloads_OfSegments_HoldThem()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Segments);
        await page.ChooseAsync(Browsers.Scene(1));
        JsonElement[] segments = [.. (await AskAsync(Browsers.Scene(1))).GetProperty("segments").EnumerateArray()];

        RgbImage mask = ImageDecoder.Decode(await SaveAsync(page, "mask", "0001-mask.png"));
        Assert.AreEqual((87, 67), (mask.Width, mask.Height));
        var counts = new int[segments.Length + 1];
        for (int i = 0; i < mask.Pixels.Length; i += RgbImage.Channels)
        {
            counts[mask.Pixels[i] + (mask.Pixels[i + 1] << 8)]++;
        }

        // Panoptic segments do not overlap, so each has all of its pixels in the picture.
        CollectionAssert.AreEqual(segments.Select(segment => segment.GetProperty("area").GetInt32()).ToArray(), counts[1..]);

        RgbImage overlay = ImageDecoder.Decode(await SaveAsync(page, "overlay", "0001-overlay.png"));
        Assert.AreEqual((87, 67), (overlay.Width, overlay.Height));

        JsonElement coco = JsonDocument.Parse(await SaveAsync(page, "coco", "0001-coco.json")).RootElement;
        Assert.AreEqual(87, coco.GetProperty("images")[0].GetProperty("width").GetInt32());
        CollectionAssert.AreEqual(
            segments.Select(segment => segment.GetProperty("mask").GetProperty("counts").GetString()).ToArray(),
            coco.GetProperty("annotations").EnumerateArray().Select(annotation => annotation.GetProperty("segmentation").GetProperty("counts").GetString()).ToArray());
    }

    [TestMethod]
    public async Task Pictures_SomeBroken_HaveAnswersInOrderAndAnErrorInWords()
    {
        string broken = Path.Combine(Path.GetTempPath(), $"broken-{Environment.ProcessId}.jpg");
        await File.WriteAllTextAsync(broken, "no picture");
        try
        {
            await using OpenPage page = await OpenPage.AtAsync(Browsers.Segments);
            await page.ChooseAsync(Browsers.Scene(1), broken, Browsers.Scene(2));
            await Expect(page.Page.Locator(".card h2")).ToHaveTextAsync(["0001.jpg", Path.GetFileName(broken), "0002.jpg"]);
            await Expect(page.Page.Locator(".problem:visible")).ToHaveCountAsync(1);
            await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not a picture that can be read");
            await Expect(page.Cards.Nth(2).Locator(".segments button")).Not.ToHaveCountAsync(0);
            await page.Page.GetByRole(AriaRole.Button, new() { Name = $"Remove {Path.GetFileName(broken)}" }).ClickAsync();
            await Expect(page.Cards).ToHaveCountAsync(2);
        }
        finally
        {
            File.Delete(broken);
        }
    }

    [TestMethod]
    public async Task Pictures_DroppedAndPasted_AreTaken()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Classes);
        string picture = Convert.ToBase64String(await File.ReadAllBytesAsync(Browsers.Scene(1)));
        IJSHandle files = await page.Page.EvaluateHandleAsync(
            """
            picture => {
                const files = new DataTransfer();
                files.items.add(new File([Uint8Array.from(atob(picture), c => c.charCodeAt(0))], 'dropped.jpg', { type: 'image/jpeg' }));
                return files;
            }
            """, picture);
        await page.Page.DispatchEventAsync("#drop", "drop", new { dataTransfer = files });
        await page.AnsweredAsync(1);
        await page.Page.EvaluateAsync("files => document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files }))", files);
        await page.AnsweredAsync(2);
        await Expect(page.Page.Locator(".problem:visible")).ToHaveCountAsync(0);
    }

    [TestMethod]
    public async Task Picture_ForAClassifier_ShowsClassesWithBars()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Classes);
        await page.ChooseAsync(Browsers.Scene(1));
        await Expect(page.Page.Locator(".bars li")).Not.ToHaveCountAsync(0);
        double[] widths = await page.Page.Locator(".bar span").EvaluateAllAsync<double[]>("bars => bars.map(bar => bar.getBoundingClientRect().width)");
        CollectionAssert.AreEqual(widths.OrderDescending().ToArray(), widths);
        await Expect(page.Page.Locator(".bars .score").First).ToContainTextAsync("%");
        Assert.IsEmpty(page.Complaints, string.Join('\n', page.Complaints));
    }

    [TestMethod]
    public async Task Keyboard_Alone_ReachesEverything()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Segments);
        IKeyboard keys = page.Page.Keyboard;
        await TabToAsync(page, "#files");
        IFileChooser chooser = await page.Page.RunAndWaitForFileChooserAsync(() => keys.PressAsync("Space"));
        await chooser.SetFilesAsync([Browsers.Scene(1)]);
        await page.AnsweredAsync(1);

        await TabToAsync(page, ".threshold input");
        string before = await page.Page.Locator(".threshold output").InnerTextAsync();
        await keys.PressAsync("ArrowRight");
        await Expect(page.Page.Locator(".threshold output")).Not.ToHaveTextAsync(before);
        await Expect(page.Page.Locator("#status")).ToContainTextAsync("from a score of");

        await TabToAsync(page, ".segments button");
        await keys.PressAsync("ArrowDown");
        await Expect(page.Segments.Nth(1)).ToBeFocusedAsync();
        await Expect(page.Page.Locator(".name")).ToContainTextAsync(await page.Segments.Nth(1).Locator(".label").InnerTextAsync());

        await TabToAsync(page, "[data-save=coco]");
        IDownload saved = await page.Page.RunAndWaitForDownloadAsync(() => keys.PressAsync("Enter"));
        Assert.AreEqual("0001-coco.json", saved.SuggestedFilename);
    }

    [TestMethod]
    [DataRow(ColorScheme.Light)]
    [DataRow(ColorScheme.Dark)]
    public async Task Page_WithAndWithoutResults_HasNoAccessibilityFaults(ColorScheme scheme)
    {
        foreach (string url in (string[])[Browsers.Segments, Browsers.Classes])
        {
            await using OpenPage page = await OpenPage.AtAsync(url, scheme: scheme);
            await ExpectNoFaultsAsync(page.Page);
            await page.ChooseAsync(Browsers.Scene(1), Path.Combine(Browsers.Repository, "README.md"));
            await ExpectNoFaultsAsync(page.Page);
        }
    }

    [TestMethod]
    public async Task Page_AsNarrowAsAPhone_DoesNotScrollSideways()
    {
        foreach (string url in (string[])[Browsers.Segments, Browsers.Classes])
        {
            await using OpenPage page = await OpenPage.AtAsync(url, width: 360, height: 740);
            await page.ChooseAsync(Browsers.Scene(1));
            Assert.AreEqual(360, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        }
    }

    [TestMethod]
    public async Task Theme_Chosen_IsKept()
    {
        await using OpenPage page = await OpenPage.AtAsync(Browsers.Classes);
        string light = await Ground(page);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        string dark = await Ground(page);
        Assert.AreNotEqual(light, dark);
        await page.Page.RouteAsync("**/model", _ => Task.CompletedTask); // a service that never answers
        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("body")).ToHaveCSSAsync("background-color", dark);

        static Task<string> Ground(OpenPage page) => page.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
    }

    /// <summary>The pictures of the documentation, made where SCREENSHOTS names a folder.</summary>
    [TestMethod]
    [DataRow("segments-light", 1280, ColorScheme.Light)]
    [DataRow("segments-dark", 1280, ColorScheme.Dark)]
    [DataRow("segments-phone", 360, ColorScheme.Light)]
    [DataRow("classes-light", 1280, ColorScheme.Light)]
    [DataRow("classes-dark", 1280, ColorScheme.Dark)]
    [DataRow("classes-phone", 360, ColorScheme.Dark)]
    [DataRow("empty-light", 1280, ColorScheme.Light)]
    public async Task Screenshot_OfThePage_IsTaken(string name, int width, ColorScheme scheme)
    {
        bool segments = !name.StartsWith("classes", StringComparison.Ordinal);
        await using OpenPage page = await OpenPage.AtAsync(segments ? Browsers.Segments : Browsers.Classes, width, width < 400 ? 740 : 800, scheme);
        if (!name.StartsWith("empty", StringComparison.Ordinal))
        {
            await page.ChooseAsync(segments ? [Browsers.Scene(1)] : Digits());
        }

        if (segments && await page.Segments.CountAsync() > 0)
        {
            await page.Segments.First.HoverAsync();
        }

        byte[] picture = await page.Page.ScreenshotAsync(new PageScreenshotOptions { FullPage = width < 400 || name.StartsWith("segments", StringComparison.Ordinal) });
        Assert.IsGreaterThan(5_000, picture.Length);
        if (Environment.GetEnvironmentVariable("SCREENSHOTS") is { Length: > 0 } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, $"serve-{name}.png"), picture);
        }
    }

    private static string[] Digits() => [.. new[] { 3, 8 }.Select(digit => Directory.GetFiles(Path.Combine(Browsers.Repository, "datasets/digits/test", $"{digit}")).Order(StringComparer.Ordinal).First())];

    private static async Task<byte[]> SaveAsync(OpenPage page, string what, string name)
    {
        IDownload saved = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.Locator($"[data-save={what}]").ClickAsync());
        Assert.AreEqual(name, saved.SuggestedFilename);
        return await File.ReadAllBytesAsync(await saved.PathAsync());
    }

    private static async Task<JsonElement> AskAsync(string file)
    {
        using var client = new HttpClient();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(await File.ReadAllBytesAsync(file)), "file", Path.GetFileName(file) } };
        using HttpResponseMessage answer = await client.PostAsync(new Uri($"{Browsers.Segments}/predict"), form);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    private static async Task TabToAsync(OpenPage page, string selector)
    {
        for (int i = 0; i < 60; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            if (await page.Page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                return;
            }
        }

        Assert.Fail($"The Tab key does not reach {selector}.");
    }

    private static async Task ExpectNoFaultsAsync(IPage page)
    {
        AxeResult result = await page.RunAxe();
        Assert.IsEmpty(result.Violations, string.Join('\n', result.Violations.Select(fault => $"{fault.Id}: {fault.Help}: {string.Join(' ', fault.Nodes.Select(node => node.Html))}")));
    }
}
