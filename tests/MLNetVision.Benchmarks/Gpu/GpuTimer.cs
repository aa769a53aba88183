using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetVision.Benchmarks.Gpu;

/// <summary>Times work on a device, which goes on after a call has returned: the host waits for it before it reads the clock.</summary>
internal sealed class GpuTimer(Device device)
{
    /// <summary>Waits until the device has done everything.</summary>
    public void Synchronize()
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }

    /// <summary>Milliseconds of a call, the least of some rounds of several calls, after three to warm up.</summary>
    public double Milliseconds(int calls, Action action, int rounds = 3)
    {
        for (int i = 0; i < 3; i++)
        {
            action();
        }

        double best = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            Synchronize();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++)
            {
                action();
            }

            Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls);
        }

        return best;
    }

    /// <summary>Megabytes in use on the whole device, what libtorch keeps for later included; NaN where nvidia-smi does not say.</summary>
    public double UsedMegabytes()
    {
        if (device.type != DeviceType.CUDA)
        {
            return double.NaN;
        }

        Synchronize();
        var start = new ProcessStartInfo("nvidia-smi", "--query-gpu=memory.used --format=csv,noheader,nounits") { RedirectStandardOutput = true };
        start.Environment.Remove("LD_PRELOAD");
        try
        {
            using Process process = Process.Start(start)!;
            string line = process.StandardOutput.ReadLine() ?? string.Empty;
            process.WaitForExit();
            return double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out double megabytes) ? megabytes : double.NaN;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return double.NaN;
        }
    }
}
