namespace Holdfast.Storage.Maps.PerCpu;

/// <summary>A map with a value for each execution slot.</summary>
public interface IPerCpuMap
{
    /// <summary>Slots that it has values for.</summary>
    int Slots { get; }
}
