using System.Net;
using Microsoft.AspNetCore.Http;
using MLNetVision.Cli.Shell;

namespace MLNetVision.Cli.Serve;

/// <summary>The addresses that are listened at.</summary>
/// <param name="Urls">As the server takes them.</param>
/// <param name="Open">Those that other machines may reach.</param>
internal sealed record ServeAddresses(IReadOnlyList<string> Urls, IReadOnlyList<string> Open)
{
    /// <exception cref="CommandException">An address is none.</exception>
    public static ServeAddresses Of(ServeArguments arguments)
    {
        if (arguments.Urls.Count == 0)
        {
            return arguments.Port <= IPEndPoint.MaxPort ? new([arguments.Port == 0 ? "http://127.0.0.1:0" : $"http://localhost:{arguments.Port}"], [])
                : throw new CommandException(ExitCode.Usage, $"--port is {arguments.Port}; expected a number up to {IPEndPoint.MaxPort}.");
        }

        return new(arguments.Urls, [.. arguments.Urls.Where(url => !IsLocal(Parse(url).Host))]);
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            if (address.Scheme == Uri.UriSchemeHttp && !address.IsUnixPipe && !address.IsNamedPipe && address.PathBase.Length == 0)
            {
                return address;
            }
        }
        catch (FormatException)
        {
            // Told below, as the others.
        }

        throw new CommandException(
            ExitCode.Usage, $"--urls has '{url}'; expected addresses like http://localhost:5080 or http://0.0.0.0:8080. For https, put a server in front of this one that has a certificate.");
    }

    private static bool IsLocal(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
