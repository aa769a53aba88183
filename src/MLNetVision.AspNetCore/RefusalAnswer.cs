using Microsoft.AspNetCore.Http;

namespace MLNetVision.AspNetCore;

/// <summary>Tells clients why a request is not answered, as RFC 9457 has it.</summary>
internal static class RefusalAnswer
{
    private const string SecondsToWait = "1";

    // What nginx writes into its log: nobody reads it.
    private const int ClientHasGone = 499;

    public static async Task Catch(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer().ConfigureAwait(false);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            context.Response.StatusCode = ClientHasGone;
        }
        catch (RefusedException e)
        {
            await WriteAsync(context, e.Status, e.Title, e.Message).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            (string title, string why) = e.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => ("Too large", "The request's body is larger than pictures may be here; GET model says the limits."),
                StatusCodes.Status408RequestTimeout => ("Too slow", "The request's body came too slowly."),
                _ => ("Not a whole request", e.Message),
            };
            await WriteAsync(context, e.StatusCode, title, why).ConfigureAwait(false);
        }
    }

    /// <summary>Says which methods an address has.</summary>
    public static Task WriteWrongMethodAsync(HttpContext context, string[] methods)
    {
        context.Response.Headers.Allow = string.Join(", ", methods);
        return WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "Not this method", $"{context.Request.Path} is asked with {methods[0]}, not with {context.Request.Method}.");
    }

    private static Task WriteAsync(HttpContext context, int status, string title, string detail)
    {
        JsonBody.Harden(context.Response);
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = SecondsToWait;
        }

        return TypedResults.Problem(detail, statusCode: status, title: title).ExecuteAsync(context);
    }
}
