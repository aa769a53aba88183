using MLNetVision.Cli.Shell;
using MLNetVision.Models.Diagnosis;

namespace MLNetVision.Cli.Doctor;

/// <summary>Prints what was found, as it is found.</summary>
internal static class DoctorRun
{
    private const int TopicWidth = 24;

    /// <returns>0, or 1 where something is wrong.</returns>
    public static int Run(string? libtorch, CommandContext context)
    {
        LibTorchOption.Choose(libtorch);
        var items = new List<DiagnosisItem>();
        foreach (DiagnosisItem item in MachineDiagnosis.Examine())
        {
            context.Cancellation.ThrowIfCancellationRequested();
            items.Add(item);
            TextWriter output = context.WantsJson ? TextWriter.Null : context.Output;
            output.WriteLine($"{Sign(item.State)} {item.Topic,-TopicWidth} {item.Finding}");
            if (item.Remedy is { } remedy)
            {
                output.WriteLine($"{string.Empty,TopicWidth + 3} -> {remedy}");
            }

            context.Reporter.Detail($"{item.State} {item.Topic}: {item.Finding}");
        }

        int bad = items.Count(item => item.State == DiagnosisState.Bad);
        if (context.WantsJson)
        {
            WriteJson(items, bad, context);
        }
        else
        {
            context.Output.WriteLine(bad == 0 ? "Nothing is wrong." : $"{bad} finding{(bad == 1 ? " is" : "s are")} wrong.");
        }

        return bad == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static void WriteJson(List<DiagnosisItem> items, int bad, CommandContext context) => context.WriteJson(writer =>
    {
        writer.WriteBoolean("ok", bad == 0);
        writer.WriteNumber("exitCode", bad == 0 ? ExitCode.Success : ExitCode.Failure);
        writer.WriteStartArray("findings");
        foreach (DiagnosisItem item in items)
        {
            writer.WriteStartObject();
            writer.WriteString("topic", item.Topic);
            writer.WriteString("state", Word(item.State));
            writer.WriteString("finding", item.Finding);
            writer.WriteString("remedy", item.Remedy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static string Word(DiagnosisState state) => state switch { DiagnosisState.Good => "good", DiagnosisState.Note => "note", _ => "bad" };

    private static string Sign(DiagnosisState state) => state switch { DiagnosisState.Good => "ok  ", DiagnosisState.Note => "note", _ => "BAD " };
}
