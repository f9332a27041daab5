namespace Holdfast.Isa.Abi;

/// <summary>A direction of an interface's traffic.</summary>
public enum TrafficDirection
{
    /// <summary>Packets that come in.</summary>
    Ingress,

    /// <summary>Packets that go out.</summary>
    Egress,
}
