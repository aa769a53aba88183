using Microsoft.Extensions.DependencyInjection;
using MLNetVision.Models.Pipelines.Predictions;

namespace MLNetVision.AspNetCore;

/// <summary>Adds a network to the services of an application.</summary>
public static class VisionServices
{
    /// <summary>Adds a network, which is loaded and asked once when the application starts, and freed after the last request when it ends.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="model">
    /// An ML.NET model file, a checkpoint folder in Hugging Face's form, or a model id. A relative path is looked for beside the program first, then from
    /// the working directory. A model that cannot be used ends the application's start with the exceptions of <see cref="PicturePredictor.LoadAsync"/>.
    /// </param>
    /// <param name="options">The network's loading, and the limits of requests; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The services have a network already.</exception>
    public static IServiceCollection AddMLNetVision(this IServiceCollection services, string model, VisionServiceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return Add(services, VisionService.Load(model, Checked(options)));
    }

    /// <summary>Adds a network that is loaded already; it stays the caller's, to be disposed of after the application has ended.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="predictor">The network.</param>
    /// <param name="options">The limits of requests, and whether and how a changed model is loaded again; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The services have a network already.</exception>
    public static IServiceCollection AddMLNetVision(this IServiceCollection services, PicturePredictor predictor, VisionServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        return Add(services, VisionService.Of(predictor, Checked(options)));
    }

    private static VisionServiceOptions Checked(VisionServiceOptions? options)
    {
        options ??= new VisionServiceOptions();
        options.Validate();
        return options;
    }

    private static IServiceCollection Add(IServiceCollection services, Func<IServiceProvider, VisionService> make)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(item => item.ServiceType == typeof(VisionService)))
        {
            throw new InvalidOperationException("The services have a network already; an application has one. A second model is a second application.");
        }

        services.AddSingleton(make);
        return services.AddHostedService(provider => provider.GetRequiredService<VisionService>());
    }
}
