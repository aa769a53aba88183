using MLNetVision.Models.Common.Native;
using TorchSharp;

var w = System.Diagnostics.Stopwatch.StartNew();
if (args.Length > 0) TorchLibrary.EnsureLoaded(); else System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(TorchLibrary).Module.ModuleHandle);
Console.WriteLine(torch.randn(3, 3).mm(torch.ones(3, 3)).sum().item<float>());
Console.WriteLine(w.ElapsedMilliseconds);
